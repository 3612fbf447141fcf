import { type ByteSink, FormReader, type FormStart } from '@headrace/s3'
import type { Clock } from '../core/runtime.ts'
import { pump } from './request-body.ts'
import type { RequestState } from './request-state.ts'

/**
 * A form as it comes: first its fields; then it waits, and nothing is read from the socket, until somebody wants the
 * file.
 */
export class FormStream implements ByteSink {
  readonly #reader: FormReader
  readonly #start = Promise.withResolvers<FormStart>()
  readonly #wanted = Promise.withResolvers<ByteSink>()
  readonly #ended: Promise<void>
  #file: ByteSink | undefined

  /** @param boundary of multipart/form-data */
  constructor(state: RequestState, boundary: string, clock: Clock) {
    this.#reader = new FormReader(boundary)
    this.#ended = pump(state, this, clock).then(() => this.#reader.finish())
    this.#ended.catch((error) => this.#start.reject(error))
    // Nobody may be waiting for the file any more.
    this.#wanted.promise.catch(() => {})
  }

  /** The fields, as soon as the file begins. */
  get start(): Promise<FormStart> {
    return this.#start.promise
  }

  /** Passes the file on. */
  readFile(file: ByteSink): Promise<void> {
    this.#wanted.resolve(file)
    return this.#ended
  }

  /** Gives up: what is left of the request is somebody else's. */
  async stop(reason: unknown): Promise<void> {
    this.#wanted.reject(reason)
    await this.#ended.catch(() => {})
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#file !== undefined) return this.#reader.readFile(chunk, this.#file)
    const start = this.#reader.readFields(chunk)
    if (start === undefined) return undefined
    this.#start.resolve(start)
    return this.#wanted.promise.then((file) => {
      this.#file = file
      // What came with the last of the fields may be the beginning of the file.
      return this.#reader.readFile(Buffer.alloc(0), file)
    })
  }
}
