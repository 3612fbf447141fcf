import {
  type ChecksumAlgorithm,
  type ChunkSigner,
  checksumAlgorithms,
  checksumHeader,
  createChecksum,
  encodeAwsChunked,
  payloadHashes,
} from '@headrace/s3'
import type { ChecksumVerdict, Ledger } from '../ledger.ts'
import { isDone, type ProbeBench } from '../probe-bench.ts'
import { uploadOnePart } from './conditions.ts'

const body = Buffer.from('what is sent is what is kept')

function digestOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  const digest = createChecksum(algorithm)
  digest.update(bytes)
  return digest.digest().toString('base64')
}

/** Checksums in headers: compared with the body, and told by reads? */
export async function probeChecksums(bench: ProbeBench): Promise<Pick<Ledger, 'checksums' | 'completeSize'>> {
  const verdicts: [ChecksumAlgorithm, ChecksumVerdict][] = []
  for (const algorithm of checksumAlgorithms) verdicts.push([algorithm, await checksumVerdict(bench, algorithm)])
  const { place, parts } = await uploadOnePart(bench, 'checksums/complete')
  const wrongSize = ['x-amz-mp-object-size', '1']
  const completed = await bench.ask('completeMultipartUpload', { ...place, parts }, { headers: wrongSize })
  if (!isDone(completed)) await bench.ask('abortMultipartUpload', place)
  return { checksums: Object.fromEntries(verdicts) as Ledger['checksums'], completeSize: !isDone(completed) }
}

async function checksumVerdict(bench: ProbeBench, algorithm: ChecksumAlgorithm): Promise<ChecksumVerdict> {
  const name = `checksums/${algorithm}`
  const header = checksumHeader(algorithm)
  if (!isDone(await bench.put(name, body, [header, digestOf(algorithm, body)]))) return 'refused'
  if (isDone(await bench.put(`${name}-wrong`, body, [header, digestOf(algorithm, body.subarray(1))]))) return 'ignored'
  const told = await bench.ask('headObject', bench.at(name))
  return told.headers.get(header) === digestOf(algorithm, body) ? 'kept' : 'checked'
}

/** Ways to send a body. One that the upstream does not know may be refused, or kept with its framing. */
export async function probeBodies(bench: ProbeBench): Promise<Pick<Ledger, 'bodies' | 'expectContinue'>> {
  const framed = { isSigned: true, trailer: false }
  return {
    bodies: {
      unsigned: await arrives(bench, 'unsigned', payloadHashes.unsignedPayload, undefined),
      signedChunks: await arrives(bench, 'chunks', payloadHashes.streamingSigned, framed),
      signedTrailer: await arrives(bench, 'signed-trailer', payloadHashes.streamingSignedTrailer, {
        ...framed,
        trailer: true,
      }),
      unsignedTrailer: await arrives(bench, 'unsigned-trailer', payloadHashes.streamingUnsignedTrailer, {
        isSigned: false,
        trailer: true,
      }),
    },
    expectContinue: await continues(bench),
  }
}

async function arrives(
  bench: ProbeBench,
  way: string,
  payloadHash: string,
  framing: { readonly isSigned: boolean; readonly trailer: boolean } | undefined,
): Promise<boolean> {
  const name = `bodies/${way}`
  const target = `/${bench.bucket}/${bench.prefix}${name}`
  if (framing === undefined) {
    await bench.send({ method: 'PUT', target, body, payloadHash })
  } else {
    const header = checksumHeader('CRC32')
    const trailers = framing.trailer ? [[header, digestOf('CRC32', body)] as const] : undefined
    const headers = ['x-amz-decoded-content-length', String(body.length)]
    if (framing.trailer) headers.push('x-amz-trailer', header)
    const frame = (signer?: ChunkSigner) =>
      encodeAwsChunked(body, {
        chunkBytes: 8192,
        ...(signer !== undefined && framing.isSigned && { signer }),
        ...(trailers && { trailers }),
      })
    await bench.send({ method: 'PUT', target, headers, payloadHash, body: frame })
  }
  return (await bench.get(name)).bytes.equals(body)
}

/** Above it, the body was sent because nobody had said anything for too long. */
const continueMsMax = 800

async function continues(bench: ProbeBench): Promise<Ledger['expectContinue']> {
  const startedMs = bench.clock.monotonic()
  let waitedMs = Number.POSITIVE_INFINITY
  const answer = await bench.send({
    method: 'PUT',
    target: `/${bench.bucket}/${bench.prefix}bodies/continue`,
    payloadHash: payloadHashes.unsignedPayload,
    unsigned: ['expect', '100-continue'],
    wireBytes: body.length,
    body: () => ({
      sizeBytes: body.length,
      async sendTo(sink) {
        waitedMs = bench.clock.monotonic() - startedMs
        await sink.write(body)
      },
    }),
  })
  return isDone(answer) && waitedMs <= continueMsMax ? 'sent' : 'never'
}
