import { type Body, type BodySummary, S3Error } from '@headrace/s3'

/** A body that is in memory, and found to be what it was announced as. */
export interface KeptBody {
  readonly bytes: Uint8Array
  readonly summary: BodySummary
}

/**
 * Small bodies, kept from their first attempt to their last: whoever repeats a call comes with the same body, which its
 * client sends once only.
 *
 * What attempts under way hold is bounded; between two attempts a body is held as long as its request is, and repetitions
 * are few. A body that no room is left for streams, and is spent.
 */
export class KeptBodies {
  readonly #bytesMax: number
  readonly #kept = new WeakMap<Body, KeptBody>()
  readonly #spent = new WeakSet<Body>()
  #heldBytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Makes room for so many bytes until `release`. @returns whether there is any */
  hold(bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#bytesMax) return false
    this.#heldBytes += bytes
    return true
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes
  }

  /** What an attempt before this one has left. */
  find(body: Body): KeptBody | undefined {
    return this.#kept.get(body)
  }

  keep(body: Body, kept: KeptBody): void {
    this.#kept.set(body, kept)
  }

  forget(body: Body): void {
    this.#kept.delete(body)
  }

  /**
   * To be called before bytes of a body are taken from its client that are not kept.
   * @throws S3Error when that has been done before, for it would wait for ever
   */
  spend(body: Body): void {
    if (body.replayable) return
    if (this.#spent.has(body)) {
      throw new S3Error('ServiceUnavailable', {
        message: 'The body was sent once, and cannot be had again. Send the request again.',
        origin: 'connection',
      })
    }
    this.#spent.add(body)
  }
}
