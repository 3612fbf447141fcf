import { FormatError } from '../../../core/bytes.ts'
import { checkStoreMap } from '../placement/check-store-map.ts'
import type { MapBucket, MapDevice, MapVersion, Pool, PoolRule, PoolsBySize, StoreMap } from '../placement/store-map.ts'
import { jsonChecksum } from './checksum.ts'
import { requireVersion } from './codes.ts'

const formatVersion = 1

export const mapFileName = 'map.json'

/**
 * The map as every drive keeps it: JSON that people can read. Its checksum is of the content without white space, so that
 * a tool may lay it out anew.
 * @throws FormatError when the map is not sound: nothing may write one that cannot be read again
 */
export function encodeMapFile(map: StoreMap): Buffer {
  checkStoreMap(map)
  return Buffer.from(`${JSON.stringify({ formatVersion, crc32c: jsonChecksum(map), ...map }, undefined, 2)}\n`)
}

/** @throws FormatError when it is not what was written, or was written by a newer program */
export function decodeMapFile(bytes: Buffer): StoreMap {
  let parsed: unknown
  try {
    parsed = JSON.parse(bytes.toString())
  } catch {
    throw new FormatError(`${mapFileName} is not JSON`)
  }
  const file = new Fields(parsed, mapFileName)
  requireVersion(file.whole('formatVersion', 0), formatVersion, mapFileName)
  const { formatVersion: _, crc32c: checksum, ...content } = parsed as Record<string, unknown>
  if (checksum !== jsonChecksum(content))
    throw new FormatError(`${mapFileName} is damaged: its checksum does not match`)
  const map = readMap(file)
  checkStoreMap(map)
  return map
}

function readMap(file: Fields): StoreMap {
  return {
    storeId: file.text('storeId'),
    ...readVersion(file),
    changedMs: file.whole('changedMs', 0),
    lineage: file.list('lineage').map(readVersion),
    devices: file.list('devices').map(readDevice),
    nextDevice: file.whole('nextDevice', 0),
    nextPool: file.whole('nextPool', 1),
    buckets: file.list('buckets').map(readBucket),
    pools: file.list('pools').map(readPool),
    rules: file.list('rules').map(readRule),
    indexDevices: file.wholes('indexDevices'),
  }
}

function readVersion(fields: Fields): MapVersion {
  return { epoch: fields.whole('epoch', 1), term: fields.whole('term', 0) }
}

function readDevice(fields: Fields): MapDevice {
  return {
    id: fields.whole('id', 0),
    uuid: fields.text('uuid'),
    path: fields.text('path'),
    fileSystemId: fields.text('fileSystemId'),
    host: fields.text('host'),
    rack: fields.optional('rack')?.text('rack'),
    deviceClass: fields.text('deviceClass'),
    capacityBytes: fields.whole('capacityBytes', 0),
    membership: fields.oneOf('membership', ['in', 'leaving', 'out']),
    isUp: fields.flag('isUp'),
    downSinceMs: fields.optional('downSinceMs')?.whole('downSinceMs', 0),
  }
}

function readBucket(fields: Fields): MapBucket {
  return {
    id: fields.whole('id', Number.MIN_SAFE_INTEGER),
    kind: fields.oneOf('kind', ['root', 'rack', 'host']),
    name: fields.text('name'),
  }
}

function readPool(fields: Fields): Pool {
  const replacedBy = fields.optional('replacedBy')
  return {
    id: fields.whole('id', 1),
    k: fields.whole('k', 1),
    m: fields.whole('m', 0),
    deviceClass: fields.text('deviceClass'),
    failureDomain: fields.oneOf('failureDomain', ['drive', 'host', 'rack']),
    pgCount: fields.whole('pgCount', 1),
    blockBytes: fields.whole('blockBytes', 1),
    ...(replacedBy && { replacedBy: readPools(replacedBy.child('replacedBy')) }),
  }
}

function readRule(fields: Fields): PoolRule {
  const byOperator = fields.optional('byOperator')?.flag('byOperator')
  return {
    bucket: fields.optional('bucket')?.text('bucket'),
    storageClass: fields.text('storageClass'),
    pools: readPools(fields.child('pools')),
    ...(byOperator && { byOperator }),
  }
}

function readPools(fields: Fields): PoolsBySize {
  return { small: fields.whole('small', 1), large: fields.whole('large', 1) }
}

/** The fields of a JSON object, each a FormatError that names its place when it is not what it should be. */
class Fields {
  readonly #values: Readonly<Record<string, unknown>>
  readonly #place: string

  constructor(value: unknown, place: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new FormatError(`${place} is no object`)
    this.#values = value as Record<string, unknown>
    this.#place = place
  }

  text(name: string): string {
    return this.#take(name, 'a text', (value) => typeof value === 'string') as string
  }

  whole(name: string, least: number): number {
    return this.#take(name, `a whole number from ${least}`, (value) => isWhole(value, least)) as number
  }

  flag(name: string): boolean {
    return this.#take(name, 'true or false', (value) => typeof value === 'boolean') as boolean
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    return this.#take(name, `one of ${allowed.join(', ')}`, (value) => allowed.includes(value as T)) as T
  }

  wholes(name: string): number[] {
    const isList = (value: unknown) => Array.isArray(value) && value.every((each) => isWhole(each, 0))
    return this.#take(name, 'a list of whole numbers', isList) as number[]
  }

  list(name: string): Fields[] {
    const values = this.#take(name, 'a list', Array.isArray) as unknown[]
    return values.map((value, index) => new Fields(value, `${this.#place}, ${name} ${index}`))
  }

  child(name: string): Fields {
    return new Fields(this.#values[name], `${this.#place}, ${name}`)
  }

  /** Itself when it has the field. */
  optional(name: string): Fields | undefined {
    return this.#values[name] === undefined ? undefined : this
  }

  #take(name: string, expected: string, fits: (value: unknown) => boolean): unknown {
    const value = this.#values[name]
    if (value === undefined) throw new FormatError(`${this.#place} lacks the field ${name}`)
    if (!fits(value)) throw new FormatError(`${this.#place}: ${name} must be ${expected}`)
    return value
  }
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least
}
