import { createHash, hash } from 'node:crypto'
import { createChecksum, type Digest } from '../checksum/digest.ts'
import { S3Error } from '../errors/s3-error.ts'
import type { BodySummary, BodyWants, ByteSink } from '../operations/body.ts'
import type { ChecksumAlgorithm } from '../operations/common.ts'
import { AwsChunkedDecoder } from './aws-chunked-decoder.ts'
import {
  type BodyChecks,
  checksumHeader,
  type ExpectedChecksum,
  parseChecksum,
  requireBodySize,
} from './body-checks.ts'

/**
 * Takes the bytes of a body as they come off the wire, takes framing off, and passes the content on to a sink while
 * every digest that was announced or wanted is reckoned. `finish` compares.
 */
export class BodyVerifier implements ByteSink {
  readonly #checks: BodyChecks
  readonly #decoder: AwsChunkedDecoder | undefined
  readonly #content: ContentMeter

  /** @param wants digests that the caller needs, beside those that the request announced */
  constructor(checks: BodyChecks, sink: ByteSink, wants: BodyWants = {}) {
    this.#checks = checks
    this.#content = new ContentMeter(checks, sink, wants)
    if (checks.payload.kind === 'chunked') {
      const { signed, trailer } = checks.payload
      // Without its signer, a signed body would be taken for an unsigned one.
      if (signed && checks.chunkSigner === undefined) throw new Error('a body in signed chunks needs its chunk signer')
      this.#decoder = new AwsChunkedDecoder(this.#content, { signer: signed ? checks.chunkSigner : undefined, trailer })
    }
  }

  /** @throws S3Error IncompleteBody, EntityTooLarge, or SignatureDoesNotMatch for a chunk that is not what was signed */
  write(chunk: Uint8Array): Promise<void> | undefined {
    return this.#decoder === undefined ? this.#content.write(chunk) : this.#decoder.write(chunk)
  }

  /**
   * To be called when the last byte was written.
   * @throws S3Error IncompleteBody, BadDigest, XAmzContentSHA256Mismatch, MalformedTrailerError or InvalidRequest
   */
  finish(): BodySummary {
    const { payload, checksum } = this.#checks
    const trailers = this.#decoder?.finish() ?? noTrailers
    requireAnnounced(trailers, checksum)
    const summary = this.#content.finish()
    const sha256Hex = this.#content.sha256Hex()
    if (payload.kind === 'signed' && sha256Hex !== payload.sha256Hex) {
      throw new S3Error('XAmzContentSHA256Mismatch', {
        details: { ClientComputedContentSHA256: payload.sha256Hex, S3ComputedContentSHA256: sha256Hex },
      })
    }
    if (this.#checks.md5 !== undefined && !this.#checks.md5.equals(summary.md5 ?? Buffer.alloc(0))) {
      throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.')
    }
    if (checksum !== undefined) {
      const { algorithm } = checksum
      const expected = checksum.bytes ?? trailerChecksum(algorithm, trailers)
      if (summary.checksum?.algorithm !== algorithm || !expected.equals(summary.checksum.bytes)) {
        throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`)
      }
    }
    return summary
  }
}

const noTrailers: ReadonlyMap<string, string> = new Map()

/** A trailer that nobody announced would not be checked, and its sender believes that it was. */
function requireAnnounced(trailers: ReadonlyMap<string, string>, checksum: ExpectedChecksum | undefined): void {
  const isInTrailer = checksum !== undefined && checksum.bytes === undefined
  const announced = isInTrailer ? checksumHeader(checksum.algorithm) : undefined
  for (const name of trailers.keys()) {
    if (name !== announced) throw malformedTrailer(`${name} was not announced by x-amz-trailer`)
  }
}

function trailerChecksum(algorithm: ChecksumAlgorithm, trailers: ReadonlyMap<string, string>): Buffer {
  const text = trailers.get(checksumHeader(algorithm))
  if (text === undefined) throw malformedTrailer('the checksum that x-amz-trailer announced is missing')
  return parseChecksum(algorithm, text)
}

function malformedTrailer(what: string): S3Error {
  return new S3Error('MalformedTrailerError', `The trailers of the body are not what was announced: ${what}.`)
}

/** Counts and digests content on its way to the sink. */
class ContentMeter implements ByteSink {
  readonly #sink: ByteSink
  readonly #sizeExpected: number | undefined
  readonly #md5: HashMeter | undefined
  readonly #sha256: HashMeter | undefined
  readonly #checksum: { algorithm: ChecksumAlgorithm; digest: Digest } | undefined
  #sizeBytes = 0

  constructor(checks: BodyChecks, sink: ByteSink, wants: BodyWants) {
    this.#sink = sink
    this.#sizeExpected = checks.sizeBytes
    if (wants.md5 === true || checks.md5 !== undefined) this.#md5 = new HashMeter('md5', checks.sizeBytes)
    if (checks.payload.kind === 'signed') this.#sha256 = new HashMeter('sha256', checks.sizeBytes)
    const algorithm = checks.checksum?.algorithm ?? wants.checksum
    if (algorithm !== undefined) this.#checksum = { algorithm, digest: createChecksum(algorithm) }
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    this.#sizeBytes += chunk.length
    if (this.#sizeExpected !== undefined && this.#sizeBytes > this.#sizeExpected) {
      throw new S3Error('IncompleteBody', 'The request body holds more bytes than were announced.')
    }
    requireBodySize(this.#sizeBytes)
    this.#md5?.update(chunk)
    this.#sha256?.update(chunk)
    this.#checksum?.digest.update(chunk)
    return this.#sink.write(chunk)
  }

  finish(): BodySummary {
    if (this.#sizeExpected !== undefined && this.#sizeBytes !== this.#sizeExpected) throw new S3Error('IncompleteBody')
    return {
      sizeBytes: this.#sizeBytes,
      md5: this.#md5?.digest(),
      checksum: this.#checksum && { algorithm: this.#checksum.algorithm, bytes: this.#checksum.digest.digest() },
    }
  }

  /** Empty when the payload is not signed. */
  sha256Hex(): string {
    return this.#sha256?.digest().toString('hex') ?? ''
  }
}

/** A hash that takes the quick one-shot way when the whole body comes in one chunk, as small bodies do. */
class HashMeter {
  readonly #algorithm: 'md5' | 'sha256'
  readonly #sizeExpected: number | undefined
  #stream: ReturnType<typeof createHash> | undefined
  #result: Buffer | undefined

  constructor(algorithm: 'md5' | 'sha256', sizeExpected: number | undefined) {
    this.#algorithm = algorithm
    this.#sizeExpected = sizeExpected
  }

  update(chunk: Uint8Array): void {
    if (chunk.length === this.#sizeExpected) {
      this.#result = hash(this.#algorithm, chunk, 'buffer')
      return
    }
    this.#stream ??= createHash(this.#algorithm)
    this.#stream.update(chunk)
  }

  digest(): Buffer {
    this.#result ??= (this.#stream ?? createHash(this.#algorithm)).digest()
    return this.#result
  }
}
