import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'

/** A pair of keys, and whose it is. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly secretKey: string
  readonly owner: string
}

/** What keys.json holds. It is readable by its user only: secrets are in it in the clear, since SigV4 needs them so. */
export interface KeyFile {
  /** Grows by one with every change, so that the newest of several copies is known. */
  readonly revision: number
  readonly keys: readonly AccessKey[]
}

/** A file that is there and is not what was written. */
export class DamagedKeyFileError extends Error {
  constructor(path: string, why: string) {
    super(`${path} cannot be read: ${why}. Mend it, or move it away to make new keys.`)
    this.name = 'DamagedKeyFileError'
  }
}

/** Version 1 had no revision and no checksum. */
const formatVersion = 2

interface Stored extends Partial<KeyFile> {
  readonly formatVersion?: number
  /** CRC-32 of revision and keys. Whoever changes the file by hand takes it out. */
  readonly checksum?: string
}

/**
 * @returns undefined when there is no such file
 * @throws DamagedKeyFileError, or the system's error
 */
export function readKeyFile(path: string): KeyFile | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return decodeKeyFile(text)
  } catch (error) {
    throw new DamagedKeyFileError(path, (error as Error).message)
  }
}

function decodeKeyFile(text: string): KeyFile {
  const stored = parseJson(text) as Stored | null
  const revision = stored?.formatVersion === 1 ? 0 : stored?.revision
  const isKnown = stored?.formatVersion === 1 || stored?.formatVersion === formatVersion
  if (!isKnown || !Array.isArray(stored.keys) || !Number.isSafeInteger(revision))
    throw new Error('its format is not known')
  for (const [position, key] of stored.keys.entries()) requireWhole(key, position)
  const file = { revision: revision as number, keys: stored.keys }
  if (stored.checksum !== undefined && stored.checksum !== checksumOf(file))
    throw new Error('its checksum is wrong (take the checksum out after a change by hand)')
  return file
}

/** The message of JSON.parse would quote the file, and there are secrets in it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it is not valid JSON')
  }
}

function requireWhole(key: Partial<AccessKey> | null, position: number): void {
  for (const part of ['accessKeyId', 'secretKey', 'owner'] as const) {
    if (typeof key?.[part] !== 'string' || key[part] === '') throw new Error(`key ${position + 1} has no ${part}`)
  }
}

function checksumOf({ revision, keys }: KeyFile): string {
  return crc32(JSON.stringify({ revision, keys })).toString(16).padStart(8, '0')
}

/** Puts the file in place so that a crash leaves the old one or the new one. It is durable when this returns. */
export function writeKeyFile(path: string, { revision, keys }: KeyFile): void {
  const stored = { formatVersion, revision, checksum: checksumOf({ revision, keys }), keys } satisfies Stored
  const temporary = `${path}.new`
  writeFileSync(temporary, `${JSON.stringify(stored, undefined, 2)}\n`, { mode: 0o600, flush: true })
  renameSync(temporary, path)
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Changes with every change of the file; 0 when there is none, -1 when the system does not say. */
export function keyFileStamp(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
  } catch {
    return -1
  }
}
