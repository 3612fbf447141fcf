import { S3Error } from '@headrace/s3'
import type { ObjectStore } from '../../src/core/store.ts'
import { actions, bodyOf, partBytes } from '../../test/conformance/harness.ts'
import { AuditError } from '../auditor.ts'
import { bytesOf, type Content, lengthOf, type Piece, sliceOf } from '../content.ts'
import type { World } from '../world.ts'

export const simBucket = 'sim'

const kibibyte = 1024
const mebibyte = 1024 * 1024
/** On both sides of every border: of inline data, blocks, small pools, windows, gathered data and segments. */
const borders = [0, 16 * kibibyte, 64 * kibibyte, 128 * kibibyte, 256 * kibibyte, mebibyte]
const largeBorders = [2 * mebibyte, 4 * mebibyte]

/** What refuses a write for a reason of S3. */
const refusals = new Set(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey', 'EntityTooSmall'])
/** What refuses a write while something is wrong with drives. */
const troubles = new Set(['ServiceUnavailable', 'InsufficientStorage'])

/** A client went away in the middle of a body. */
class ClientGoneError extends Error {}

/** An object as a client found it. */
interface Found {
  readonly etag: string
  readonly content: Content
}

/** Reads and writes objects, one operation after the other, and has the auditor check what it reads. */
export class Client {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** Until no steps are left. */
  async run(): Promise<void> {
    const { clientRandom: random, swarm, machine } = this.#world
    while (this.#world.takeStep()) {
      const over = this.#world.protection.operation()
      await this.#act(`k${random.below(swarm.keys)}`)
      over()
      if (swarm.restMs > 0) await machine.clock.sleep(random.next() ** 3 * swarm.restMs)
    }
  }

  async #act(key: string): Promise<void> {
    const random = this.#world.clientRandom
    const roll = random.next()
    if (roll < 0.35) await this.#put(key)
    else if (roll < 0.45) await this.#compose(key)
    else if (roll < 0.53) await this.#copy(key)
    else if (roll < 0.62) await this.#delete(key)
    else if (roll < 0.85) await this.read(key)
    else await this.#readRange(key)
  }

  /** Reads a whole object, and has it checked. */
  async read(key: string): Promise<Found | undefined> {
    const { auditor, ctx } = this.#world
    const check = auditor.beginRead(key)
    const found = await this.#get(async (store) => {
      const { info } = await store.headObject({ bucket: simBucket, key }, ctx)
      const bytes = await actions(store, ctx).get(simBucket, key, { conditions: { ifMatch: [info.etag] } })
      return { etag: info.etag, bytes }
    })
    const content = check(found)
    this.#world.note(`read ${key}: ${found?.bytes.length}`)
    return found && content && { etag: found.etag, content }
  }

  async #readRange(key: string): Promise<void> {
    const { auditor, ctx, clientRandom: random } = this.#world
    const check = auditor.beginRead(key)
    const [from, to] = [random.next(), random.next()].sort((a, b) => a - b) as [number, number]
    const found = await this.#get(async (store) => {
      const { info } = await store.headObject({ bucket: simBucket, key }, ctx)
      const range = { from: Math.floor(from * info.sizeBytes), to: Math.floor(to * info.sizeBytes) + 1 }
      const isWhole = info.sizeBytes === 0
      const bytes = await actions(store, ctx).get(simBucket, key, {
        conditions: { ifMatch: [info.etag] },
        ...(isWhole ? {} : { range: { first: range.from, last: range.to - 1 } }),
      })
      return { bytes, range: isWhole ? undefined : range }
    })
    check(found)
    this.#world.note(`read ${key} from ${found?.range?.from} to ${found?.range?.to}`)
  }

  /** @returns undefined when there is no object */
  async #get<T>(read: (store: ObjectStore) => Promise<T>): Promise<T | undefined> {
    for (;;) {
      try {
        return await read(this.#store)
      } catch (error) {
        await this.#stopIfOver()
        if (!(error instanceof S3Error)) throw error
        if (error.code === 'NoSuchKey') return undefined
        // Replaced between HEAD and GET: looked at again.
        if (error.code !== 'PreconditionFailed') throw error
      }
    }
  }

  #piece(sizeBytes = this.#size()): Piece {
    return { source: this.#world.newSource(), offset: 0, length: sizeBytes }
  }

  #size(): number {
    const random = this.#world.clientRandom
    if (random.chance(0.3)) return 1 + random.below(16 * kibibyte)
    const border = random.pick(random.chance(0.1) ? largeBorders : borders)
    return Math.max(0, border + random.pick([-1, 0, 1, 70_000]))
  }

  async #put(key: string): Promise<void> {
    const random = this.#world.clientRandom
    const content = [this.#piece()]
    const bytes = bytesOf(content)
    const conditions = random.chance(0.1) ? { ifNoneMatch: '*' as const } : undefined
    const fails = random.chance(0.04) ? new ClientGoneError() : undefined
    const body = bodyOf(bytes, { sizeKnown: random.chance(0.8), ...(fails && { fails }) })
    await this.#write(key, content, (store) =>
      actions(store, this.#world.ctx).put(simBucket, key, bytes, { conditions, body }),
    )
  }

  /** Replaces an object by one of several parts, some of which are ranges of others. */
  async #compose(key: string): Promise<void> {
    const { clientRandom: random, ctx } = this.#world
    const parts = random.chance(0.2) ? [this.#piece(partBytes), this.#piece()] : [this.#piece()]
    const source = random.chance(0.4) ? await this.#source(key) : undefined
    const range = source && this.#range(lengthOf(source.found.content))
    const copied = source && range ? sliceOf(source.found.content, { ...range, offset: range.first }) : []
    const isLast = parts.length === 1 || lengthOf(copied) >= partBytes
    const content = isLast ? [...copied, ...parts] : [...parts, ...copied]
    // A part that may be followed by others has a least size.
    if (isLast && copied.length > 0 && lengthOf(copied) < partBytes) return
    await this.#write(key, content, async (store) => {
      const { upload, part } = actions(store, ctx)
      const uploadId = await upload(simBucket, key)
      const done: { partNumber: number; etag: string }[] = []
      // Sent again with other bytes, a part is replaced.
      if (random.chance(0.2)) await part(simBucket, key, uploadId, 10, bytesOf([this.#piece()]))
      for (const [index, piece] of parts.entries()) {
        done.push(await part(simBucket, key, uploadId, 10 + index, bytesOf([piece])))
      }
      if (source !== undefined && range !== undefined) {
        const partNumber = isLast ? 1 : 99
        const from = { bucket: simBucket, key: source.key, conditions: { ifMatch: [source.found.etag] } }
        const request = { first: range.first, last: range.first + range.length - 1 }
        const input = { bucket: simBucket, key, uploadId, partNumber, source: from, range: request }
        done.push({ partNumber, etag: (await store.uploadPartCopy(input, ctx)).etag })
      }
      const inOrder = done.sort((a, b) => a.partNumber - b.partNumber)
      await store.completeMultipartUpload({ bucket: simBucket, key, uploadId, parts: inOrder }, ctx)
    })
  }

  #range(sizeBytes: number): { first: number; length: number } | undefined {
    if (sizeBytes === 0) return undefined
    const random = this.#world.clientRandom
    const first = random.below(sizeBytes)
    return { first, length: 1 + random.below(sizeBytes - first) }
  }

  /** A copy of what is there now; its source is read first, so that the content is known. */
  async #copy(key: string): Promise<void> {
    const source = await this.#source(key)
    if (source === undefined) return
    const { etag, content } = source.found
    const from = { bucket: simBucket, key: source.key, conditions: { ifMatch: [etag] } }
    await this.#write(key, content, (store) =>
      store.copyObject({ bucket: simBucket, key, source: from }, this.#world.ctx),
    )
  }

  async #source(target: string): Promise<{ readonly key: string; readonly found: Found } | undefined> {
    const { clientRandom: random, swarm } = this.#world
    const key = `k${random.below(swarm.keys)}`
    const found = key === target ? undefined : await this.read(key)
    return found && { key, found }
  }

  async #delete(key: string): Promise<void> {
    await this.#write(key, undefined, (store) => store.deleteObject({ bucket: simBucket, key }, this.#world.ctx))
  }

  async #write(
    key: string,
    content: Content | undefined,
    send: (store: ObjectStore) => Promise<unknown>,
  ): Promise<void> {
    const { auditor } = this.#world
    const write = auditor.begin(key, content)
    try {
      await send(this.#store)
      auditor.acknowledge(write)
      this.#world.note(`wrote ${key}: ${content && lengthOf(content)}`)
    } catch (error) {
      await this.#stopIfOver()
      if (error instanceof ClientGoneError) return auditor.refuse(write)
      if (!(error instanceof S3Error)) throw error
      // The keeper is in this process, so an answer is the truth.
      auditor.refuse(write)
      this.#world.note(`refused ${key}: ${error.code}`)
      if (!refusals.has(error.code)) this.#requireTrouble(error)
    }
  }

  /** @throws AuditError when nothing was wrong that would explain the refusal of a write */
  #requireTrouble(error: S3Error): void {
    const { process, protection } = this.#world
    if (process === undefined) return
    const bad = protection.badDevices(process).size
    const isKnown = troubles.has(error.code)
    if (isKnown && protection.mayRefuse(process)) return
    throw new AuditError(`a write was refused though only ${bad} drives are bad: ${error.message}`, { cause: error })
  }

  get #store(): ObjectStore {
    return (this.#world.process as NonNullable<World['process']>).store
  }

  /** Never goes on when the process cannot: it is about to be killed. */
  async #stopIfOver(): Promise<void> {
    if (this.#world.failure !== undefined) await new Promise(() => {})
  }
}
