// The framing of bodies, in all its modes, in pieces of all sizes.
import assert from 'node:assert/strict'
import { AwsChunkedDecoder, ChunkSigner, encodeAwsChunked, HmacSha256 } from '../../src/index.ts'
import { fuzz } from './fuzz.ts'

const key = new HmacSha256('key')
const newSigner = () => new ChunkSigner(key, 't', { date: 'd', region: 'r', service: 's3' }, 'seed')
const body = Buffer.from('hello world, this is what was signed')
const trailers = [['x-amz-checksum-crc32', 'AAAAAA==']] as const

/** The first byte of an input chooses the mode, the second the size of the pieces. */
const modes = [
  { signed: false, trailer: true },
  { signed: true, trailer: false },
  { signed: true, trailer: true },
]

fuzz({
  name: 'aws-chunked framing',
  seeds: modes.flatMap(({ signed, trailer }, mode) =>
    [1, 7, 100].map((chunkBytes) => {
      const signer = signed ? { signer: newSigner() } : {}
      const framed = encodeAwsChunked(body, { chunkBytes, ...signer, ...(trailer && { trailers }) })
      return Buffer.concat([Uint8Array.of(mode, chunkBytes), framed])
    }),
  ),
  dictionary: [
    ...[
      '0\r\n',
      '\r\n',
      '\r\n\r\n',
      '\n',
      '\r',
      '5\r\nhello\r\n',
      'ffffffffffff',
      '1000000000000',
      '-1',
      '0x',
      ' ',
      '\x00',
    ],
    ...[';chunk-signature=', ';', ':', 'x-amz-checksum-crc32:', 'x-amz-trailer-signature:', '0'.repeat(64)],
  ],
  run(input) {
    const { signed, trailer } = modes[(input[0] ?? 0) % modes.length] as (typeof modes)[number]
    const pieceBytes = Math.max(1, input[1] ?? 1)
    const content: Uint8Array[] = []
    const sink = { write: (chunk: Uint8Array) => void content.push(chunk) }
    const decoder = new AwsChunkedDecoder(sink, { signer: signed ? newSigner() : undefined, trailer })
    for (let at = 2; at < input.length; at += pieceBytes) decoder.write(input.subarray(at, at + pieceBytes))
    decoder.finish()
    // Nobody here has the key, so what passes can only be what was signed.
    if (signed) assert.deepEqual(Buffer.concat(content), body)
  },
})
