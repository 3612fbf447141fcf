import { createHash, type Hash } from 'node:crypto'
import { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'
import type { ByteSink } from '../operations/body.ts'
import type { ChunkSigner } from '../sigv4/chunk-signer.ts'
import { emptySha256Hex } from '../sigv4/hmac.ts'
import { sameText } from '../sigv4/same-text.ts'

/** Which kind of framing is expected. */
export interface AwsChunkedOptions {
  /** Verifies the signature of each chunk, and of the trailers; absent for unsigned framing. */
  readonly signer?: ChunkSigner | undefined
  /** Whether lines of trailers may stand between the last chunk and the end. */
  readonly trailer: boolean
}

type State =
  | { readonly at: 'size'; line: string }
  | { readonly at: 'data'; left: number; readonly signature: string; readonly hash: Hash | undefined }
  | { readonly at: 'dataEnd'; seen: number }
  /** `isCut`: the line before ended in a bare LF, so that CRLF is yet to come. */
  | { readonly at: 'trailer'; line: string; readonly isCut: boolean }
  | { readonly at: 'end' }

/**
 * Takes aws-chunked framing off a body as its bytes stream through:
 * `size;chunk-signature=…\r\n bytes \r\n … 0;chunk-signature=…\r\n [trailers] \r\n`.
 * The bytes of a chunk are passed on before its signature is known to be good: only `finish` vouches for them.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
export class AwsChunkedDecoder implements ByteSink {
  readonly #sink: ByteSink
  readonly #signer: ChunkSigner | undefined
  readonly #expectsTrailer: boolean
  readonly #trailers = new Map<string, string>()
  #trailerBytes = 0
  #state: State = { at: 'size', line: '' }

  constructor(sink: ByteSink, options: AwsChunkedOptions) {
    this.#sink = sink
    this.#signer = options.signer
    this.#expectsTrailer = options.trailer
  }

  /** @throws S3Error IncompleteBody for broken framing, SignatureDoesNotMatch for a chunk that is not what was signed */
  write(chunk: Uint8Array): Promise<void> | undefined {
    let at = 0
    while (at < chunk.length) {
      const state = this.#state
      if (state.at !== 'data') {
        at = this.#readFraming(state, chunk, at)
        continue
      }
      const end = Math.min(chunk.length, at + state.left)
      const wait = this.#passOn(state, chunk.subarray(at, end))
      at = end
      if (wait !== undefined) return at < chunk.length ? wait.then(() => this.write(chunk.subarray(at))) : wait
    }
    return undefined
  }

  /**
   * Ends the body.
   * @returns the trailers by lower-case name
   * @throws S3Error IncompleteBody when the framing is not at its end
   */
  finish(): ReadonlyMap<string, string> {
    if (this.#state.at !== 'end') throw malformed('the body ended before its last chunk did')
    return this.#trailers
  }

  #passOn(state: State & { at: 'data' }, data: Uint8Array): Promise<void> | undefined {
    state.hash?.update(data)
    state.left -= data.length
    if (state.left === 0) {
      if (this.#signer !== undefined && state.hash !== undefined) {
        requireSignature(this.#signer.signChunk(state.hash.digest('hex')), state.signature)
      }
      this.#state = { at: 'dataEnd', seen: 0 }
    }
    return this.#sink.write(data)
  }

  /** Reads framing from `at` on, up to the next state; returns where it stopped. */
  #readFraming(state: Exclude<State, { at: 'data' }>, chunk: Uint8Array, at: number): number {
    if (state.at === 'end') throw malformed('bytes follow the last chunk')
    if (state.at === 'dataEnd') {
      if (chunk[at] !== (state.seen === 0 ? 0x0d : 0x0a)) throw malformed('the data of a chunk does not end in CRLF')
      if (state.seen === 1) this.#state = { at: 'size', line: '' }
      state.seen += 1
      return at + 1
    }
    const newline = chunk.indexOf(0x0a, at)
    const end = newline < 0 ? chunk.length : newline
    if (state.line.length + end - at > limits.chunkLineBytesMax) throw malformed('a line of the framing is too long')
    state.line += Buffer.from(chunk.buffer, chunk.byteOffset + at, end - at).toString('latin1')
    if (newline < 0) return chunk.length
    if (state.at === 'size') this.#startChunk(state.line)
    else this.#readTrailer(state.line, state.isCut)
    return newline + 1
  }

  /** @param line with its CR */
  #startChunk(line: string): void {
    const [, digits, signature = ''] = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-fA-F]{64}))?\r$/.exec(line) ?? []
    if (digits === undefined || (signature === '') !== (this.#signer === undefined)) {
      throw malformed('a chunk does not begin with a line of its size and signature')
    }
    const size = Number.parseInt(digits, 16)
    if (size > 0) {
      const hash = this.#signer === undefined ? undefined : createHash('sha256')
      this.#state = { at: 'data', left: size, signature, hash }
      return
    }
    if (this.#signer !== undefined) requireSignature(this.#signer.signChunk(emptySha256Hex), signature)
    this.#state = { at: 'trailer', line: '', isCut: false }
  }

  /**
   * MinIO's client for Go ends a trailer in LF CRLF where others have CRLF, and AWS takes it: an empty line directly
   * behind a bare LF is still the end of that trailer.
   * @param line with its CR, if it has one
   */
  #readTrailer(line: string, isCut: boolean): void {
    if (line === '\r') {
      if (isCut) this.#state = { at: 'trailer', line: '', isCut: false }
      else this.#endTrailers()
      return
    }
    this.#trailerBytes += line.length
    const colon = line.indexOf(':')
    if (!this.#expectsTrailer || colon <= 0) throw malformed('a trailer is not a name and a value')
    if (this.#trailerBytes > limits.trailerBytesMax) throw malformed('the trailers are too long')
    const name = line.slice(0, colon).trim().toLowerCase()
    if (this.#trailers.has(name)) throw malformed(`the trailer ${name} comes twice`)
    this.#trailers.set(name, line.slice(colon + 1).trim())
    this.#state = { at: 'trailer', line: '', isCut: !line.endsWith('\r') }
  }

  #endTrailers(): void {
    if (this.#signer !== undefined && this.#expectsTrailer) {
      const signature = this.#trailers.get('x-amz-trailer-signature')
      if (signature === undefined) throw malformed('the trailers have no x-amz-trailer-signature')
      this.#trailers.delete('x-amz-trailer-signature')
      const signed = [...this.#trailers].map(([name, value]) => `${name}:${value}\n`).join('')
      requireSignature(this.#signer.signTrailers(signed), signature)
    }
    this.#state = { at: 'end' }
  }
}

function requireSignature(expected: string, given: string): void {
  if (!sameText(expected, given.toLowerCase())) {
    throw new S3Error('SignatureDoesNotMatch', 'The signature of a chunk of the body does not match its bytes.')
  }
}

function malformed(what: string): S3Error {
  return new S3Error('IncompleteBody', `The aws-chunked framing of the body is broken: ${what}.`)
}
