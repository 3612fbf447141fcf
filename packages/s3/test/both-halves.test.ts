// What the client half signs and frames, the server half must accept and understand, whatever the request; and what is
// changed between the two it must not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type Authentication,
  authenticate,
  BodyVerifier,
  type Credentials,
  checksumAlgorithms,
  createChecksum,
  encodeAwsChunked,
  Headers,
  headerBytes,
  matchResource,
  parseTarget,
  presign,
  readBodyChecks,
  sha256Hex,
  signRequest,
  uriEncode,
  uriEncodePath,
} from '../src/index.ts'

const nowMs = Date.UTC(2026, 10, 21, 13, 41)
const bounded = { interruptAfterTimeLimit: 10_000, numRuns: 300 }

// Every character but halves of one; most keys are short, but every kind of them comes.
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.stringMatching(/^[ +%/.~&=?#;:@,'"\\]{0,12}$/))
const key = text.filter((value) => value !== '')
const query = fc.array(
  fc.tuple(text, text).filter(([name]) => !/^(x-amz-|awsaccesskeyid$|signature$)/i.test(name)),
  {
    maxLength: 5,
  },
)
const credentials: fc.Arbitrary<Credentials> = fc.record(
  {
    accessKeyId: fc.stringMatching(/^[A-Za-z0-9/_-]{1,20}$/),
    secretKey: text,
    sessionToken: fc.stringMatching(/^[!-~]{1,30}$/),
  },
  { requiredKeys: ['accessKeyId', 'secretKey'] },
)
const headerValue = fc
  .string({ unit: 'binary', maxLength: 20 })
  .map((value) => headerBytes(value).replace(/[\x00-\x1f\x7f]/g, ''))
const headers = fc
  .dictionary(fc.stringMatching(/^x-amz-meta-[A-Za-z0-9_.-]{1,10}$/), headerValue, { maxKeys: 5 })
  .map((record) => Object.entries(record).flat())
const method = fc.constantFrom<string>('GET', 'HEAD', 'PUT', 'POST', 'DELETE')
const request = fc.record({ key, query, credentials, headers, method, region: fc.stringMatching(/^[a-z0-9-]{1,12}$/) })

type RandomRequest = typeof request extends fc.Arbitrary<infer T> ? T : never

function targetOf(sent: RandomRequest): string {
  const search = sent.query.map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`).join('&')
  return `/photos/${uriEncodePath(sent.key)}${search === '' ? '' : `?${search}`}`
}

/** The server half: what it makes of a request that came off the wire. */
function receive(sent: RandomRequest, target: string, raw: readonly string[], atMs = nowMs): Authentication {
  const parsed = parseTarget(target)
  const resource = matchResource('s3.example.com', parsed.rawPath, [])
  assert.deepEqual([resource.bucket, resource.key], ['photos', sent.key])
  const expected = sent.query.map(([name, value]) => ({ name, value }))
  assert.deepEqual(parsed.query.parameters.slice(0, expected.length), expected)
  const { accessKeyId, secretKey } = sent.credentials
  const secretOf = (id: string) => (id === accessKeyId ? secretKey : undefined)
  const received = { method: sent.method, target: parsed, headers: new Headers(raw) }
  return authenticate(received, { nowMs: atMs, region: sent.region, secretOf })
}

function sign(sent: RandomRequest, payloadHash?: string, more: readonly string[] = []) {
  const { region, method: verb } = sent
  const target = targetOf(sent)
  const options = { credentials: sent.credentials, region, nowMs }
  const all = ['Host', 's3.example.com', ...sent.headers, ...more]
  const signed = signRequest({ method: verb, target, headers: all, ...(payloadHash && { payloadHash }) }, options)
  return { target, ...signed }
}

test('signRequest and authenticate agree', () => {
  fc.assert(
    fc.property(request, (sent) => {
      const { target, headers: raw } = sign(sent)
      assert.equal(receive(sent, target, raw).accessKeyId, sent.credentials.accessKeyId)
    }),
    bounded,
  )
})

test('presign and authenticate agree, until it expires', () => {
  fc.assert(
    fc.property(request, fc.integer({ min: 1, max: 604_800 }), (sent, expiresSeconds) => {
      const raw = ['Host', 's3.example.com', ...sent.headers]
      const options = { credentials: sent.credentials, region: sent.region, nowMs, expiresSeconds }
      const target = presign({ method: sent.method, target: targetOf(sent), headers: raw }, options)
      const endMs = nowMs + expiresSeconds * 1000
      assert.equal(receive(sent, target, raw, endMs).accessKeyId, sent.credentials.accessKeyId)
      assert.throws(() => receive(sent, target, raw, endMs + 1), { code: 'AccessDenied' })
    }),
    bounded,
  )
})

test('authenticate: any other secret, method, header or region is refused', () => {
  fc.assert(
    fc.property(request, text, (sent, other) => {
      const { target, headers: raw } = sign(sent)
      const refused = { code: /^(SignatureDoesNotMatch|AccessDenied|AuthorizationHeaderMalformed)$/ }
      const isRefused = (changed: RandomRequest, changedRaw = raw) =>
        assert.throws(
          () => receive(changed, target, changedRaw),
          (error: { code: string }) => refused.code.test(error.code),
        )
      // HMAC pads keys with zero bytes, so a secret and the same with a NUL behind it are one.
      const secretKey = `${other}!`
      if (secretKey !== sent.credentials.secretKey)
        isRefused({ ...sent, credentials: { ...sent.credentials, secretKey } })
      isRefused({ ...sent, method: `${sent.method}S` })
      isRefused({ ...sent, region: `${sent.region}x` })
      isRefused(sent, [...raw, 'x-amz-meta-more', ''])
      isRefused(
        sent,
        raw.map((value) => (value === 's3.example.com' ? 's3.example.org' : value)),
      )
    }),
    { ...bounded, numRuns: 100 },
  )
})

const algorithm = fc.constantFrom(...checksumAlgorithms)
const payload = fc.constantFrom(
  'UNSIGNED-PAYLOAD',
  'hash',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
)
const upload = fc.record({
  body: fc.uint8Array({ maxLength: 300 }),
  chunkBytes: fc.integer({ min: 1, max: 100 }),
  algorithm,
  payload,
  cuts: fc.array(fc.nat(600), { maxLength: 5 }),
})

type Upload = typeof upload extends fc.Arbitrary<infer T> ? T : never

/** A whole upload as the client half sends it: raw headers, and the bytes on the wire. */
function sendUpload(sent: RandomRequest, { body, chunkBytes, algorithm: name, payload: mode }: Upload) {
  const digest = createChecksum(name)
  digest.update(body)
  const checksum = [`x-amz-checksum-${name.toLowerCase()}`, digest.digest().toString('base64')] as const
  const isFramed = mode.startsWith('STREAMING-')
  const hasTrailer = mode.endsWith('-TRAILER')
  const size = [isFramed ? 'x-amz-decoded-content-length' : 'content-length', String(body.length)]
  const more = [...size, ...(hasTrailer ? ['x-amz-trailer', checksum[0]] : checksum)]
  const signed = sign(sent, mode === 'hash' ? sha256Hex(body) : mode, more)
  if (!isFramed) return { ...signed, wire: Buffer.from(body) }
  const signer = mode.includes('AWS4') ? { signer: signed.chunkSigner } : {}
  const wire = encodeAwsChunked(body, { chunkBytes, ...signer, ...(hasTrailer && { trailers: [checksum] }) })
  return { ...signed, wire }
}

function receiveUpload(
  sent: RandomRequest,
  target: string,
  raw: readonly string[],
  pieces: readonly Uint8Array[],
): Buffer {
  const content: Uint8Array[] = []
  const checks = readBodyChecks(new Headers(raw), receive(sent, target, raw))
  const verifier = new BodyVerifier(checks, { write: (chunk) => void content.push(Buffer.from(chunk)) })
  for (const piece of pieces) verifier.write(piece)
  assert.equal(verifier.finish().sizeBytes, Buffer.concat(content).length)
  return Buffer.concat(content)
}

test('what an upload sends is what arrives, in every mode and every split', () => {
  fc.assert(
    fc.property(request, upload, (sent, made) => {
      const { target, headers: raw, wire } = sendUpload(sent, made)
      const edges = [0, ...made.cuts.filter((cut) => cut < wire.length).sort((a, b) => a - b), wire.length]
      const pieces = edges.slice(1).map((end, index) => wire.subarray(edges[index], end))
      assert.deepEqual(receiveUpload(sent, target, raw, pieces), Buffer.from(made.body))
    }),
    bounded,
  )
})

test('a byte that changes on the way is found, or changes nothing, in every mode', () => {
  fc.assert(
    fc.property(request, upload, fc.nat(), fc.integer({ min: 1, max: 255 }), (sent, made, place, flip) => {
      const { target, headers: raw, wire } = sendUpload(sent, made)
      fc.pre(wire.length > 0)
      const at = place % wire.length
      wire[at] = (wire[at] as number) ^ flip
      let content: Buffer
      try {
        content = receiveUpload(sent, target, raw, [wire])
      } catch (error) {
        assert.equal((error as Error).name, 'S3Error')
        return
      }
      assert.deepEqual(content, Buffer.from(made.body))
    }),
    bounded,
  )
})
