import type { ChecksumAlgorithm } from './common.ts'

/**
 * Takes bytes one chunk after the other.
 * - `write` returns nothing when the next chunk may follow at once, else a promise to wait for.
 * - The chunk belongs to the sink until `write` has returned and its promise, if any, has resolved; after that the
 *   writer may use its memory again. A sink that keeps bytes for longer copies them.
 * - A sink that cannot go on throws, or rejects.
 */
export interface ByteSink {
  write(chunk: Uint8Array): Promise<void> | undefined
}

/** What a reader of a body wants to know about its bytes, beside having them. */
export interface BodyWants {
  readonly md5?: boolean
  readonly checksum?: ChecksumAlgorithm
}

/** What a body turned out to be, once every byte was read and every announced digest was found true. */
export interface BodySummary {
  readonly sizeBytes: number
  /** 16 bytes; present when wanted. */
  readonly md5?: Uint8Array
  /** Raw bytes of the checksum that was sent with the body, or wanted. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly bytes: Uint8Array }
}

/**
 * The body of a write.
 * - `readInto` delivers every byte in order, then resolves. It rejects when the body breaks off, is too short or too
 *   long, or fails a digest or signature: what the sink was given must then be thrown away.
 * - Bytes reach the sink before the digests are known; only the resolved promise vouches for them.
 * - It can be called again only when `replayable`.
 */
export interface Body {
  /** Size of the content, framing taken off; undefined when the client did not say. */
  readonly sizeBytes: number | undefined
  readonly replayable: boolean
  /** The checksum that comes with it, as far as it was announced: one that comes behind the body has no bytes yet. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly bytes?: Uint8Array | undefined } | undefined
  /** Nothing that came with it vouches for its bytes: no signature, no digest, no TLS. Whoever passes it on needs none, either. */
  readonly isUnprotected?: boolean | undefined
  readInto(sink: ByteSink, wants?: BodyWants): Promise<BodySummary>
}
