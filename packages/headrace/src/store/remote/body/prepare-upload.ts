import {
  AwsChunkedEncoder,
  type Body,
  type BodySummary,
  type ByteSink,
  type ChunkSigner,
  payloadHashes,
  S3Error,
  sha256Hex,
} from '@headrace/s3'
import type { OutgoingBody } from '../../../upstream/exchange.ts'
import type { Ledger } from '../capability/ledger.ts'
import type { RemoteLimits, RemoteStoreOptions } from '../remote-options.ts'
import { notSupported } from '../store-errors.ts'
import type { Upload } from '../upstream-caller.ts'
import { ChunkFramer, framedBytes } from './chunk-framer.ts'
import { HoldBack } from './hold-back.ts'
import type { KeptBody } from './kept-bodies.ts'
import { type ChecksumPassage, passChecksum, takesChecksum, trailerOf } from './upload-checksum.ts'

/** What decides about how bodies are sent. */
export interface UploadPolicy extends Pick<RemoteStoreOptions, 'trustsTransport' | 'unkeptChecksums'> {
  readonly ledger: Ledger
  readonly limits: RemoteLimits
}

/** A body in memory: known before it is sent, so its hash is signed. */
export function uploadKept({ bytes, summary }: KeptBody, policy: UploadPolicy): Upload {
  const checksum = passChecksum(summary.checksum, policy, false)
  return {
    wireBytes: bytes.length,
    payloadHash:
      policy.trustsTransport && policy.ledger.bodies.unsigned ? payloadHashes.unsignedPayload : sha256Hex(bytes),
    headers: checksum.kind === 'header' ? [checksum.name, checksum.value] : [],
    asksFirst: false,
    open: () => bytes,
  }
}

/** A body that streams, and what it turned out to be once it was sent. */
export interface StreamedUpload extends Upload {
  /** @throws S3Error when the upstream has answered before it had the body */
  summary(): BodySummary
}

/**
 * A body that goes through as it comes. Its end leaves only when all of it was found to be good: until then the upstream
 * has less than was announced, and does nothing with it.
 * @param sizeBytes of the body
 * @param touched called before the first byte is taken from the client
 */
export function uploadStream(body: Body, sizeBytes: number, policy: UploadPolicy, touched: () => void): StreamedUpload {
  const { bodies } = policy.ledger
  // To sign what nobody has vouched for would only say that it is what came here.
  const needsNoSignature = policy.trustsTransport || body.isUnprotected === true || !bodies.signedChunks
  const isUnsigned = bodies.unsigned && needsNoSignature
  if (!isUnsigned && !bodies.signedChunks) throw notSupported('The upstream takes no body that streams')
  const hasTrailers = isUnsigned ? bodies.unsignedTrailer : bodies.signedTrailer
  const checksum = passChecksum(body.checksum, policy, hasTrailers)
  let found: BodySummary | undefined
  const read = async (sink: ByteSink) => {
    touched()
    const summary = await body.readInto(sink)
    requireAnnounced(body, summary, policy.ledger)
    found = summary
    return summary
  }
  const upload =
    isUnsigned && checksum.kind !== 'trailer'
      ? plainUpload(sizeBytes, read)
      : framedUpload(sizeBytes, { read, checksum, isSigned: !isUnsigned, chunkBytes: policy.limits.signedChunkBytes })
  const headers = checksum.kind === 'header' ? [...upload.headers, checksum.name, checksum.value] : upload.headers
  return { ...upload, headers, asksFirst: policy.ledger.expectContinue === 'sent', summary: () => requireWhole(found) }
}

/** Whoever says that it has what it has not cannot be believed anything. */
function requireWhole(found: BodySummary | undefined): BodySummary {
  if (found !== undefined) return found
  throw new S3Error('InternalError', {
    message: 'The upstream acknowledged a body before it had all of it.',
    origin: 'upstream',
  })
}

type ReadBody = (sink: ByteSink) => Promise<BodySummary>
type Framing = Pick<Upload, 'wireBytes' | 'payloadHash' | 'headers' | 'open'>

function plainUpload(sizeBytes: number, read: ReadBody): Framing {
  const body: OutgoingBody = {
    sizeBytes,
    async sendTo(sink) {
      const holdBack = new HoldBack(sink, sizeBytes)
      await read(holdBack)
      await holdBack.finish()
    },
  }
  return { wireBytes: sizeBytes, payloadHash: payloadHashes.unsignedPayload, headers: [], open: () => body }
}

interface FramedParts {
  readonly read: ReadBody
  readonly checksum: ChecksumPassage
  readonly isSigned: boolean
  readonly chunkBytes: number
}

function framedUpload(sizeBytes: number, { read, checksum, isSigned, chunkBytes }: FramedParts): Framing {
  const trailer = checksum.kind === 'trailer' ? checksum : undefined
  const wireBytes = framedBytes({ sizeBytes, chunkBytes, isSigned, trailer })
  const open = (signer: ChunkSigner): OutgoingBody => ({
    sizeBytes: wireBytes,
    async sendTo(sink) {
      const framer = new ChunkFramer(sink, new AwsChunkedEncoder(isSigned ? signer : undefined), {
        chunkBytes,
        sizeBytes,
      })
      const summary = await read(framer)
      await framer.finish(trailer && [trailerOf(trailer.name, summary)])
    },
  })
  const headers = ['x-amz-decoded-content-length', String(sizeBytes)]
  if (trailer !== undefined) headers.push('x-amz-trailer', trailer.name)
  return { wireBytes, payloadHash: framingWord(isSigned, trailer !== undefined), headers, open }
}

function framingWord(isSigned: boolean, hasTrailer: boolean): string {
  if (!isSigned) return payloadHashes.streamingUnsignedTrailer
  return hasTrailer ? payloadHashes.streamingSignedTrailer : payloadHashes.streamingSigned
}

/** A checksum that turns up in the end cannot go along any more, and must not get lost where it could have been kept. */
function requireAnnounced({ checksum: announced }: Body, { checksum }: BodySummary, ledger: Ledger): void {
  if (checksum === undefined || announced !== undefined || !takesChecksum(ledger, checksum.algorithm)) return
  throw new S3Error('InvalidRequest', `The body came with a checksum (${checksum.algorithm}) that it did not announce.`)
}
