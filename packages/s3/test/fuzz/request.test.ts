// Whole requests: target, headers, matching, signature, announced digests, and the codec of the operation.
import { readFileSync } from 'node:fs'
import { codecs, operationTraits, unservedSubresources } from '../../src/index.ts'
import { receive } from '../wire.ts'
import { fuzz } from './fuzz.ts'

interface Recording {
  readonly nowMs: number
  readonly secretKey: string
  readonly requests: readonly { method: string; target: string; headers: string[]; bodyBase64: string }[]
}

const load = (file: string): Recording =>
  JSON.parse(readFileSync(new URL(`../golden/${file}`, import.meta.url), 'utf8'))
const recordings = [load('botocore.json'), load('aws-sdk-js.json')]
const { nowMs, secretKey } = recordings[0] as Recording

/** A request as text: `METHOD target`, a line for each header, an empty line, the body. */
function write({ method, target, headers, bodyBase64 }: Recording['requests'][number]): Buffer {
  const lines = [`${method} ${target}`]
  for (let index = 0; index < headers.length; index += 2) lines.push(`${headers[index]}:${headers[index + 1]}`)
  return Buffer.concat([Buffer.from(`${lines.join('\n')}\n\n`, 'latin1'), Buffer.from(bodyBase64, 'base64')])
}

fuzz({
  name: 'requests',
  seeds: recordings.flatMap(({ requests }) => requests.map(write)),
  dictionary: [
    ...[
      'GET ',
      'HEAD ',
      'PUT ',
      'POST ',
      'DELETE ',
      'OPTIONS ',
      '/',
      '//',
      '/photos',
      '?',
      '&',
      '=',
      '%',
      '%00',
      '%2F',
      '+',
    ],
    ...Object.values(operationTraits).flatMap((traits) => ('query' in traits ? Object.keys(traits.query) : [])),
    ...Object.keys(unservedSubresources.bucket),
    ...[
      'X-Amz-Algorithm=AWS4-HMAC-SHA256',
      '&X-Amz-Signature=',
      '&X-Amz-Expires=',
      '&Signature=',
      '&AWSAccessKeyId=',
      '&Expires=',
    ],
    ...[
      'response-expires=',
      'versionId=',
      'max-keys=',
      'continuation-token=',
      'encoding-type=url',
      '__proto__',
      'constructor',
    ],
    ...[
      '\n',
      '\nrange:bytes=',
      '\nhost:',
      '\nx-amz-',
      '\nx-amz-copy-source:',
      '\nx-amz-trailer:',
      '\nx-amz-meta-__proto__:',
    ],
    ...['\nauthorization:AWS4-HMAC-SHA256 Credential=', ', SignedHeaders=', ', Signature=', '\nx-amz-content-sha256:'],
    ...['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
    ...[
      '\ncontent-length:',
      '\ncontent-md5:',
      '\nif-match:"',
      '\nx-amz-tagging:',
      '\nx-amz-object-attributes:',
      '\xff',
      '\x00',
      ' ',
    ],
  ],
  run(input) {
    const end = input.indexOf('\n\n')
    const [first = '', ...lines] = input.toString('latin1', 0, end < 0 ? undefined : end).split('\n')
    const space = first.indexOf(' ')
    const headers = lines.flatMap((line) => {
      const colon = line.indexOf(':')
      return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)]
    })
    const raw = {
      method: first.slice(0, Math.max(0, space)),
      target: first.slice(space + 1),
      headers,
      body: end < 0 ? Buffer.alloc(0) : input.subarray(end + 2),
    }
    // Every access key has the secret of the recordings, so that more requests get past their signature.
    const { operation, request } = receive(raw, { nowMs, secretOf: () => secretKey, domains: ['s3.example.test'] })
    codecs[operation].decode(request)
  },
})
