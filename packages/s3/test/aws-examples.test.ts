// The examples that AWS publishes for checking signature calculations. Both halves are held against them: what the
// client half signs, and what the server half accepts.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html and the pages below it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  authenticate,
  authenticateForm,
  BodyVerifier,
  encodeAwsChunked,
  Headers,
  matchResource,
  parseTarget,
  presign,
  readBodyChecks,
  signRequest,
} from '../src/index.ts'

const accessKeyId = 'AKIAIOSFODNN7EXAMPLE'
const secretKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const nowMs = Date.UTC(2013, 4, 24)
const signOptions = { credentials: { accessKeyId, secretKey }, region: 'us-east-1', nowMs }
const authenticateOptions = {
  nowMs,
  region: 'us-east-1',
  secretOf: (id: string) => (id === accessKeyId ? secretKey : undefined),
}
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

const headerExamples = [
  {
    name: 'GET Object',
    method: 'GET',
    target: '/test.txt',
    headers: ['Host', 'examplebucket.s3.amazonaws.com', 'Range', 'bytes=0-9'],
    payloadHash: emptyHash,
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    name: 'PUT Object',
    method: 'PUT',
    target: '/test$file.text',
    headers: [
      'Host',
      'examplebucket.s3.amazonaws.com',
      'Date',
      'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-storage-class',
      'REDUCED_REDUNDANCY',
    ],
    payloadHash: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    name: 'GET Bucket Lifecycle',
    method: 'GET',
    target: '/?lifecycle',
    headers: ['Host', 'examplebucket.s3.amazonaws.com'],
    payloadHash: emptyHash,
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    name: 'GET Bucket (List Objects)',
    method: 'GET',
    target: '/?max-keys=2&prefix=J',
    headers: ['Host', 'examplebucket.s3.amazonaws.com'],
    payloadHash: emptyHash,
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
]

for (const { name, method, target, headers, payloadHash, signature } of headerExamples) {
  test(`signature by header: ${name}`, () => {
    const signed = signRequest({ method, target, headers, payloadHash }, signOptions)
    assert.match(signed.headers.at(-1) ?? '', new RegExp(`Signature=${signature}$`))
    const request = { method, target: parseTarget(target), headers: new Headers(signed.headers) }
    assert.equal(authenticate(request, authenticateOptions).accessKeyId, accessKeyId)
  })
}

test('signature by query: a presigned GET', () => {
  const headers = ['Host', 'examplebucket.s3.amazonaws.com']
  const target = presign({ method: 'GET', target: '/test.txt', headers }, { ...signOptions, expiresSeconds: 86_400 })
  const signature = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'
  assert.equal(
    target,
    `/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=${signature}`,
  )
  const request = { method: 'GET', target: parseTarget(target), headers: new Headers(headers) }
  assert.deepEqual(authenticate(request, authenticateOptions), { accessKeyId, payload: { kind: 'unsigned' } })
})

const chunkedHeaders = [
  'Host',
  's3.amazonaws.com',
  'x-amz-storage-class',
  'REDUCED_REDUNDANCY',
  'Content-Encoding',
  'aws-chunked',
  'x-amz-decoded-content-length',
  '66560',
]
const chunkedBody = Buffer.alloc(66_560, 'a')

interface ChunkedExample {
  readonly headers: readonly string[]
  readonly payloadHash: string
  readonly trailers?: readonly (readonly [string, string])[]
  readonly seed: string
  readonly signatures: readonly string[]
}

/** Frames the 65 KiB of the examples in chunks of 64 KiB, compares every signature, and takes the framing off again. */
function checkChunked({ headers, payloadHash, trailers, seed, signatures }: ChunkedExample): void {
  const target = '/examplebucket/chunkObject.txt'
  const signed = signRequest({ method: 'PUT', target, headers, payloadHash }, signOptions)
  assert.match(signed.headers.at(-1) ?? '', new RegExp(`Signature=${seed}$`))
  const framed = encodeAwsChunked(chunkedBody, {
    chunkBytes: 65_536,
    signer: signed.chunkSigner,
    ...(trailers && { trailers }),
  })
  assert.deepEqual(framed.toString('latin1').match(/(?<=signature[=:])[0-9a-f]{64}/g), signatures)

  const received = new Headers(signed.headers)
  const request = { method: 'PUT', target: parseTarget(target), headers: received }
  const checks = readBodyChecks(received, authenticate(request, authenticateOptions))
  const content: Uint8Array[] = []
  const verifier = new BodyVerifier(checks, {
    write: (chunk) => {
      content.push(Buffer.from(chunk))
      return undefined
    },
  })
  verifier.write(framed)
  assert.equal(verifier.finish().sizeBytes, 66_560)
  assert.ok(Buffer.concat(content).equals(chunkedBody))
}

test('signatures of chunks', () => {
  checkChunked({
    headers: [...chunkedHeaders, 'Content-Length', '66824'],
    payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    signatures: [
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ],
  })
})

test('signatures of chunks and trailers', () => {
  checkChunked({
    headers: [...chunkedHeaders, 'x-amz-trailer', 'x-amz-checksum-crc32c'],
    payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    trailers: [['x-amz-checksum-crc32c', 'sOO8/Q==']],
    seed: '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
    signatures: [
      'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
      '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
      '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
      'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
    ],
  })
})

test('signature of a form, version 4', () => {
  const policy = [
    '{ "expiration": "2015-12-30T12:00:00.000Z",',
    '  "conditions": [',
    '    {"bucket": "sigv4examplebucket"},',
    '    ["starts-with", "$key", "user/user1/"],',
    '    {"acl": "public-read"},',
    '    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},',
    '    ["starts-with", "$Content-Type", "image/"],',
    '    {"x-amz-meta-uuid": "14365123651274"},',
    '    {"x-amz-server-side-encryption": "AES256"},',
    '    ["starts-with", "$x-amz-meta-tag", ""],',
    '',
    '    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},',
    '    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},',
    '    {"x-amz-date": "20151229T000000Z" }',
    '  ]',
    '}',
  ].join('\r\n')
  const fields = new Map([
    ['policy', Buffer.from(policy).toString('base64')],
    ['x-amz-algorithm', 'AWS4-HMAC-SHA256'],
    ['x-amz-credential', 'AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request'],
    ['x-amz-date', '20151229T000000Z'],
    ['x-amz-signature', '8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e'],
  ])
  assert.equal(authenticateForm(fields, authenticateOptions), accessKeyId)
})

// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationQueryStringAuth
test('signature by query, version 2', () => {
  const target =
    '/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D'
  const host = 'johnsmith.s3.amazonaws.com'
  const { bucket } = matchResource(host, '/photos/puppy.jpg', ['s3.amazonaws.com'])
  const request = {
    method: 'GET',
    target: parseTarget(target),
    headers: new Headers(['Host', host]),
    hostedBucket: bucket,
  }
  const options = { ...authenticateOptions, nowMs: 1_175_139_000_000 }
  assert.equal(authenticate(request, options).accessKeyId, accessKeyId)
})
