import type { Code } from '../code.ts'
import type { Engine } from '../engine.ts'
import { checkLayout } from '../layout.ts'
import { localEngine } from '../local-engine.ts'

export interface EncodeStreamOptions {
  /** Bytes of one chunk in one stripe, from 1. */
  readonly unitBytes: number
  /** Stripes that stay valid at a time, from 1 (default 1). With 2, one can be written while the next is filled. */
  readonly lentStripes?: number
  /**
   * Where to compute; the calling thread by default. Each stream allocates its buffers once, when it starts; for many short
   * streams, give an engine whose `allocate` hands out buffers that you keep.
   */
  readonly engine?: Engine
}

/** One encoded stripe. Its chunks are lent: they are valid until `lentStripes` more stripes have been asked for. */
export interface Stripe {
  /** Position in the object, from 0. */
  readonly index: number
  /** Bytes of the object in this stripe: k · unitBytes, fewer only in the last one, whose rest is zeros. */
  readonly dataBytes: number
  /** The k + m chunks, each of unitBytes. */
  readonly chunks: readonly Uint8Array[]
}

/**
 * Cuts a stream of bytes into stripes and encodes each. Memory is bounded by `lentStripes` stripes; an empty stream has
 * no stripe. Pieces of the source may have any size, and are not kept. Throws `badProfile` for a bad unit.
 */
export async function* encodeStream(
  code: Code,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { unitBytes, lentStripes = 1, engine = localEngine }: EncodeStreamOptions,
): AsyncGenerator<Stripe, void, undefined> {
  checkLayout({ unitBytes, sizeBytes: 0 })
  const { k, m, encoding } = code
  const buffers = engine.allocate({ count: (k + m) * lentStripes, sizeBytes: unitBytes })
  let index = 0
  let filledBytes = 0
  let chunks = buffers.slice(0, k + m)

  const finish = async (): Promise<Stripe> => {
    await engine.combine(encoding, { sources: chunks.slice(0, k), targets: chunks.slice(k) })
    const stripe = { index, dataBytes: filledBytes, chunks }
    index += 1
    filledBytes = 0
    const slot = (index % lentStripes) * (k + m)
    chunks = buffers.slice(slot, slot + k + m)
    return stripe
  }

  for await (const piece of source) {
    for (let at = 0; at < piece.length; ) {
      const offset = filledBytes % unitBytes
      const part = piece.subarray(at, at + unitBytes - offset)
      chunks[Math.floor(filledBytes / unitBytes)]!.set(part, offset)
      at += part.length
      filledBytes += part.length
      if (filledBytes === k * unitBytes) yield await finish()
    }
  }
  if (filledBytes > 0) {
    for (let data = 0; data < k; data += 1) chunks[data]!.fill(0, Math.max(0, filledBytes - data * unitBytes))
    yield await finish()
  }
}
