import { type AwsChunkedEncoder, type ByteSink, S3Error } from '@headrace/s3'

/** `10000;chunk-signature=` and 64 digits, with room to spare. */
const headerBytesMax = 128
const lineEnd = '\r\n'

/**
 * Frames a body as aws-chunked, in chunks of one size but for the last, so that the length of the whole is known
 * beforehand. Each chunk leaves when it is whole, but for the last one with content: Ceph RGW 16 carries out a request
 * that has all of its content, whether the empty chunk that ends it comes or the connection breaks.
 */
export class ChunkFramer implements ByteSink {
  readonly #sink: ByteSink
  readonly #encoder: AwsChunkedEncoder
  readonly #chunkBytes: number
  readonly #sizeBytes: number
  /** Room for the header of a chunk, its bytes and its end, which leave in one piece. */
  readonly #buffer: Buffer
  #filled = 0
  #takenBytes = 0
  #emittedBytes = 0

  /** @param options.sizeBytes of the whole body */
  constructor(
    sink: ByteSink,
    encoder: AwsChunkedEncoder,
    { chunkBytes, sizeBytes }: { chunkBytes: number; sizeBytes: number },
  ) {
    this.#sink = sink
    this.#encoder = encoder
    this.#chunkBytes = chunkBytes
    this.#sizeBytes = sizeBytes
    this.#buffer = Buffer.allocUnsafe(headerBytesMax + Math.min(chunkBytes, sizeBytes) + lineEnd.length)
  }

  /** @throws S3Error IncompleteBody for more than was announced */
  write(chunk: Uint8Array): Promise<void> | undefined {
    this.#takenBytes += chunk.length
    if (this.#takenBytes > this.#sizeBytes) {
      throw new S3Error('IncompleteBody', 'The request body holds more bytes than were announced.')
    }
    return this.#take(chunk)
  }

  /**
   * To be called when the body was found to be good: lets its end go.
   * @throws S3Error IncompleteBody for less than was announced
   */
  async finish(trailers?: readonly (readonly [string, string])[]): Promise<void> {
    if (this.#takenBytes < this.#sizeBytes) throw new S3Error('IncompleteBody')
    if (this.#filled > 0) await this.#emit()
    await this.#sink.write(Buffer.from(this.#encoder.end(trailers), 'latin1'))
  }

  #take(chunk: Uint8Array): Promise<void> | undefined {
    let at = 0
    while (at < chunk.length) {
      const bytes = Math.min(chunk.length - at, this.#chunkBytes - this.#filled)
      this.#buffer.set(chunk.subarray(at, at + bytes), headerBytesMax + this.#filled)
      this.#filled += bytes
      at += bytes
      const isLast = this.#emittedBytes + this.#filled === this.#sizeBytes
      if (this.#filled < this.#chunkBytes || isLast) return undefined
      const busy = this.#emit()
      if (busy !== undefined) return busy.then(() => this.#take(chunk.subarray(at)))
    }
    return undefined
  }

  #emit(): Promise<void> | undefined {
    const end = headerBytesMax + this.#filled
    const header = this.#encoder.chunkHeader(this.#buffer.subarray(headerBytesMax, end))
    const first = headerBytesMax - header.length
    this.#buffer.write(header, first, 'latin1')
    this.#buffer.write(lineEnd, end, 'latin1')
    this.#emittedBytes += this.#filled
    this.#filled = 0
    return this.#sink.write(this.#buffer.subarray(first, end + lineEnd.length))
  }
}

/** How many bytes a framed body has on the wire. */
export function framedBytes({
  sizeBytes,
  chunkBytes,
  isSigned,
  trailer,
}: {
  readonly sizeBytes: number
  readonly chunkBytes: number
  readonly isSigned: boolean
  /** Name and length of the value of its trailer. */
  readonly trailer?: { readonly name: string; readonly valueBytes: number } | undefined
}): number {
  const signatureBytes = isSigned ? ';chunk-signature='.length + 64 : 0
  const overhead = (bytes: number) => bytes.toString(16).length + signatureBytes + 2 * lineEnd.length
  const whole = Math.floor(sizeBytes / chunkBytes)
  const rest = sizeBytes % chunkBytes
  let wireBytes = sizeBytes + whole * overhead(chunkBytes) + (rest === 0 ? 0 : overhead(rest)) + overhead(0)
  if (trailer === undefined) return wireBytes
  wireBytes += trailer.name.length + 1 + trailer.valueBytes + lineEnd.length
  return isSigned ? wireBytes + 'x-amz-trailer-signature:'.length + 64 + lineEnd.length : wireBytes
}
