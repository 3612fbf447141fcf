import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from '../../server.ts'
import { seededBytes, seededChance } from '../../support/bytes.ts'
import type { Reply } from '../../support/connection.ts'
import type { Endpoint } from '../../support/endpoint.ts'
import { createBucket, listKeys, pathOf, request } from '../../support/requests.ts'
import { beginUpload, partOf } from '../../support/uploads.ts'

const kib = 1024
const mib = 1024 * kib

/** One of each kind: empty, in the index, in segments as copies and coded, in files, with parts of stripes at the end. */
export const everySize = [0, 1, 5 * kib, 16 * kib + 1, 100 * kib, 128 * kib + 1, 300 * kib, mib, 2 * mib + 7] as const

/** What is refused for the moment is sent again after this, and for so long. */
const retryMs = 200
const retryMsMax = 10_000

/** Of the server's log, when something is wrong. */
const logLinesMax = 40

interface Volume {
  readonly seed: string
  readonly bytes: number
}

/** Objects whose bytes follow from their names, so that it is always known what must be read. */
export class Library {
  readonly bucket: string
  readonly #endpoint: () => Endpoint
  readonly #volumes = new Map<string, Volume>()
  /** How often writes to a key have begun and ended: while one is under way, nobody knows what a read has to find. */
  readonly #turns = new Map<string, number>()
  #count = 0

  private constructor(endpoint: () => Endpoint, bucket: string) {
    this.#endpoint = endpoint
    this.bucket = bucket
  }

  /** @param endpoint where the server is now: it may be restarted */
  static async open(endpoint: () => Endpoint, bucket = 'library'): Promise<Library> {
    await createBucket(endpoint(), bucket)
    return new Library(endpoint, bucket)
  }

  get keys(): string[] {
    return [...this.#volumes.keys()].sort()
  }

  /** Sends an object, and takes note of it when it was acknowledged. */
  async tryPut(key: string, bytes: number): Promise<Reply> {
    const seed = `${key} ${this.#count++}`
    return await this.#change(key, async () => {
      const reply = await request(this.#endpoint(), {
        method: 'PUT',
        path: this.#path(key),
        body: seededBytes(seed, bytes),
      })
      if (reply.status === 200) this.#volumes.set(key, { seed, bytes })
      return reply
    })
  }

  /** Sends an object, and again when it is told to, as every client does. */
  async put(key: string, bytes: number): Promise<void> {
    const deadline = performance.now() + retryMsMax
    for (;;) {
      const { status, body } = await this.tryPut(key, bytes)
      if (status === 503 && performance.now() < deadline) await sleep(retryMs)
      else return assert.equal(status, 200, `PUT ${key}: ${body}`)
    }
  }

  /** As many objects of each size. */
  async fill(prefix: string, copies = 1, sizes: readonly number[] = everySize): Promise<void> {
    const wanted = Array.from({ length: copies }, (_, copy) =>
      sizes.map((bytes) => ({ key: `${prefix}/${bytes}/${copy}`, bytes })),
    )
    await inParallel(wanted.flat(), ({ key, bytes }) => this.put(key, bytes))
  }

  /** An object in two parts. */
  async putParts(key: string): Promise<void> {
    const seed = `${key} ${this.#count++}`
    const body = seededBytes(seed, 5 * mib + 70_000)
    const upload = await beginUpload(this.#endpoint(), this.bucket, key)
    let list = ''
    for (const [index, part] of [body.subarray(0, 5 * mib), body.subarray(5 * mib)].entries()) {
      const { status, headers } = await request(this.#endpoint(), partOf(upload, index + 1, part))
      assert.equal(status, 200)
      list += `<Part><PartNumber>${index + 1}</PartNumber><ETag>${headers.get('etag')}</ETag></Part>`
    }
    const { path, uploadId } = upload
    const query: [string, string][] = [['uploadId', uploadId]]
    const document = `<CompleteMultipartUpload>${list}</CompleteMultipartUpload>`
    const reply = await request(this.#endpoint(), { method: 'POST', path, query, body: document })
    assert.equal(reply.status, 200, reply.body.toString())
    this.#volumes.set(key, { seed, bytes: body.length })
  }

  async delete(key: string): Promise<void> {
    await this.#change(key, async () => {
      const { status, body } = await request(this.#endpoint(), { method: 'DELETE', path: this.#path(key) })
      assert.equal(status, 204, `DELETE ${key}: ${body}`)
      this.#volumes.delete(key)
    })
  }

  /** Reads an object, or a range of it, and says what is wrong; undefined when nothing is. */
  async problemWith(key: string, range?: { from: number; to: number }): Promise<string | undefined> {
    const volume = this.#volumes.get(key) as Volume
    const turn = this.#turns.get(key) ?? 0
    const headers: Record<string, string> = range === undefined ? {} : { range: `bytes=${range.from}-${range.to}` }
    let reply: Reply
    try {
      reply = await request(this.#endpoint(), { method: 'GET', path: this.#path(key), headers })
    } catch (error) {
      return `GET ${key}: ${(error as Error).message}`
    }
    // It may have been written over or deleted while it was read.
    if (turn % 2 === 1 || (this.#turns.get(key) ?? 0) !== turn) return undefined
    if (reply.status !== (range === undefined ? 200 : 206)) return `GET ${key}: ${reply.status} ${reply.body}`
    const whole = seededBytes(volume.seed, volume.bytes)
    const expected = range === undefined ? whole : whole.subarray(range.from, range.to + 1)
    return reply.body.equals(expected) ? undefined : `GET ${key}: ${reply.body.length} bytes that are not those written`
  }

  /** Everything that was acknowledged is there byte for byte, and nothing else. */
  async assertWhole(): Promise<void> {
    const problems: string[] = []
    await inParallel(this.keys, async (key) => {
      const problem = await this.problemWith(key)
      if (problem !== undefined) problems.push(problem)
    })
    this.#requireNone(problems)
    assert.deepEqual(await listKeys(this.#endpoint(), this.bucket), this.keys)
  }

  /** Reads objects and ranges of them, again and again, until it is told to stop. */
  readAgainAndAgain(t: TestContext, readers = 2): { readonly stop: () => Promise<number> } {
    const problems: string[] = []
    let count = 0
    let isOver = false
    t.after(() => {
      isOver = true
    })
    const read = async (reader: number) => {
      const chance = seededChance(`reader ${reader}`)
      while (!isOver) {
        const key = this.keys[chance(this.keys.length)] as string
        const { bytes } = this.#volumes.get(key) as Volume
        const from = chance(Math.max(1, bytes))
        const range = bytes > 0 && chance(3) === 0 ? { from, to: from + chance(bytes - from) } : undefined
        const problem = await this.problemWith(key, range)
        if (problem !== undefined) problems.push(problem)
        count += 1
        await sleep(5)
      }
    }
    const running = Promise.all(Array.from({ length: readers }, (_, reader) => read(reader)))
    return {
      stop: async () => {
        isOver = true
        await running
        this.#requireNone(problems)
        return count
      },
    }
  }

  /** The server's log says why. */
  #requireNone(problems: readonly string[]): void {
    if (problems.length === 0) return
    const log = (this.#endpoint() as Server).own?.process.log ?? ''
    const faults = log.split('\n').filter((line) => /"level":(40|50)/.test(line))
    assert.fail([...problems, 'The server has logged:', ...faults.slice(-logLinesMax)].join('\n'))
  }

  async #change<T>(key: string, change: () => Promise<T>): Promise<T> {
    const turn = () => this.#turns.set(key, (this.#turns.get(key) ?? 0) + 1)
    turn()
    try {
      return await change()
    } finally {
      turn()
    }
  }

  #path(key: string): string {
    return pathOf(this.bucket, key)
  }
}

/** Does something for each, eight at a time. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = [...items]
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}
