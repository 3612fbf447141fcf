import { setTimeout as sleep } from 'node:timers/promises'
import { seededChance } from '../../support/bytes.ts'
import { type Reply, SilenceError } from '../../support/connection.ts'
import type { Endpoint } from '../../support/endpoint.ts'
import { getObject, listKeys, pathOf, request, type S3Request } from '../../support/requests.ts'
import { KeyState, partsOf, type Version } from './versions.ts'

const writers = 12
const keysPerWriter = 12
const kib = 1024
const mib = 1024 * kib

/**
 * Writes, overwrites, copies and deletes from many writers at a time, which remember what was acknowledged. A key
 * belongs to one writer, so what it must hold is always known, but for the one write whose reply was lost.
 */
export class Storm {
  readonly problems: string[] = []
  acknowledgedCount = 0
  doubtCount = 0
  readonly #endpoint: Endpoint
  readonly #bucket: string
  readonly #chance: (limit: number) => number
  readonly #keys: Map<string, KeyState>[]
  #isBlowing = false
  #running: Promise<void>[] = []
  #versionCount = 0

  constructor(endpoint: Endpoint, bucket: string, seed: string) {
    this.#endpoint = endpoint
    this.#bucket = bucket
    this.#chance = seededChance(seed)
    this.#keys = Array.from({ length: writers }, (_, writer) => {
      return new Map(Array.from({ length: keysPerWriter }, (_, key) => [`w${writer}/k${key}`, new KeyState()]))
    })
  }

  begin(): void {
    this.#isBlowing = true
    this.#running = this.#keys.map((keys) => this.#write(keys))
  }

  /** Ends when every writer has its last reply, or has lost it. */
  async end(): Promise<void> {
    this.#isBlowing = false
    await Promise.all(this.#running)
  }

  /** Reads every key, one after the other of each writer, and notes what is wrong; afterwards nothing is in doubt. */
  async verify(): Promise<void> {
    await Promise.all(
      this.#keys.map(async (keys) => {
        for (const [key, state] of keys) {
          const found = await this.#read(key, state)
          state.doubt = undefined
          if (found !== undefined) state.acknowledged = found.version
        }
      }),
    )
    const expected = this.#keys.flatMap((keys) =>
      [...keys].filter(([, { acknowledged }]) => acknowledged !== undefined).map(([key]) => key),
    )
    const listed = await listKeys(this.#endpoint, this.#bucket)
    if (listed.join() !== expected.sort().join()) {
      this.problems.push(`listed are ${listed.length} keys, and ${expected.length} can be read`)
    }
  }

  async #write(keys: Map<string, KeyState>): Promise<void> {
    while (this.#isBlowing) {
      const free = [...keys].filter(([, { doubt }]) => doubt === undefined)
      const [key, state] = free[this.#chance(free.length)] ?? []
      if (key === undefined || state === undefined) return
      const wasSent = await this.#change(key, state, free)
      if (!wasSent) await sleep(20)
      else if (state.doubt === undefined && this.#chance(5) === 0) await this.#readOwnWrite(key, state)
    }
  }

  /** @returns false when nobody listens */
  async #change(key: string, state: KeyState, others: readonly [string, KeyState][]): Promise<boolean> {
    const dice = this.#chance(100)
    if (dice < 15) return await this.#send(state, undefined, { method: 'DELETE', path: this.#path(key) })
    if (dice < 22) {
      const source = others.find(([other, { acknowledged }]) => other !== key && acknowledged?.partBytes.length === 1)
      if (source !== undefined) {
        const headers = { 'x-amz-copy-source': this.#path(source[0]) }
        return await this.#send(state, source[1].acknowledged, { method: 'PUT', path: this.#path(key), headers })
      }
    }
    if (dice < 27) return await this.#sendParts(key, state)
    const bytes = dice < 32 ? 3 * mib : dice < 60 ? 100 * kib : kib
    const version = this.#newVersion(key, [bytes + this.#chance(100)])
    const [body = Buffer.alloc(0)] = partsOf(version)
    return await this.#send(state, version, { method: 'PUT', path: this.#path(key), body })
  }

  async #sendParts(key: string, state: KeyState): Promise<boolean> {
    const path = this.#path(key)
    const version = this.#newVersion(key, [5 * mib, 10 * kib])
    const begun = await this.#ask({ method: 'POST', path, query: [['uploads', '']] })
    const uploadId = /<UploadId>(.*?)<\/UploadId>/.exec(begun.reply?.body.toString() ?? '')?.[1]
    if (uploadId === undefined) return false
    let list = ''
    for (const [index, body] of partsOf(version).entries()) {
      const query: [string, string][] = [
        ['partNumber', `${index + 1}`],
        ['uploadId', uploadId],
      ]
      const { reply } = await this.#ask({ method: 'PUT', path, query, body })
      if (reply?.status !== 200) return false
      list += `<Part><PartNumber>${index + 1}</PartNumber><ETag>${reply.headers.get('etag')}</ETag></Part>`
    }
    const body = `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`
    return await this.#send(state, version, { method: 'POST', path, query: [['uploadId', uploadId]], body })
  }

  /** Sends what changes a key to `outcome`. */
  async #send(state: KeyState, outcome: Version | undefined, asked: S3Request): Promise<boolean> {
    const { wasSent, reply } = await this.#ask(asked)
    if (!wasSent) return false
    if (reply !== undefined && reply.status < 300) {
      state.acknowledged = outcome
      this.acknowledgedCount += 1
      return true
    }
    if (reply !== undefined && reply.status < 500) {
      this.problems.push(`${asked.method} ${asked.path} was answered with ${reply.status}: ${reply.body}`)
    }
    state.doubt = { outcome }
    this.doubtCount += 1
    return true
  }

  /** Without a reply, it was lost, and what was sent may have been done. */
  async #ask(asked: S3Request): Promise<{ wasSent: boolean; reply?: Reply }> {
    try {
      return { wasSent: true, reply: await request(this.#endpoint, asked) }
    } catch (error) {
      if (error instanceof SilenceError) this.problems.push(`${asked.method} ${asked.path}: ${error.message}`)
      return { wasSent: (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED' }
    }
  }

  /** Whichever gateway answers, what was acknowledged is seen. The server may be down, of course. */
  async #readOwnWrite(key: string, state: KeyState): Promise<void> {
    const { reply } = await this.#ask({ method: 'GET', path: this.#path(key) })
    if (reply === undefined || reply.status >= 500) return
    const judged = state.judge(reply.status, reply.body, reply.headers.get('etag') ?? '')
    if (typeof judged === 'string') this.problems.push(`read after write: ${key}: ${judged}`)
  }

  async #read(key: string, state: KeyState): Promise<{ version: Version | undefined } | undefined> {
    const { status, body, headers } = await getObject(this.#endpoint, this.#bucket, key)
    const judged = state.judge(status, body, headers.get('etag') ?? '')
    if (typeof judged !== 'string') return judged
    this.problems.push(`${key}: ${judged}`)
    return undefined
  }

  #path(key: string): string {
    return pathOf(this.#bucket, key)
  }

  #newVersion(key: string, partBytes: number[]): Version {
    this.#versionCount += 1
    return { seed: `${key} ${this.#versionCount}`, partBytes }
  }
}
