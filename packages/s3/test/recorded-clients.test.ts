// Requests recorded from SDKs by tools/record-*: their signatures must verify, their bodies come out of their framing,
// and they must mean what was asked of the SDK.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type AuthenticateOptions, authenticateForm, codecs, parsePostPolicy, requirePolicy } from '../src/index.ts'
import { type Received, receive } from './wire.ts'

interface Recording {
  readonly recordedWith: string
  readonly accessKeyId: string
  readonly secretKey: string
  readonly region: string
  readonly nowMs: number
  readonly requests: readonly RecordedRequest[]
}

interface RecordedRequest {
  readonly name: string
  readonly key?: string | null
  readonly method: string
  readonly target: string
  readonly headers: readonly string[]
  readonly bodyBase64: string
}

function load<T>(file: string): Recording & T {
  return JSON.parse(readFileSync(new URL(`golden/${file}`, import.meta.url), 'utf8'))
}

const botocore = load<{ forms: { signature: string; fields: Record<string, string> }[] }>('botocore.json')
const awsSdkJs = load('aws-sdk-js.json')

function optionsOf({ nowMs, region, accessKeyId, secretKey }: Recording): AuthenticateOptions {
  return { nowMs, region, secretOf: (id) => (id === accessKeyId ? secretKey : undefined) }
}

function receiveRecorded(recording: Recording, request: RecordedRequest, nowMs = recording.nowMs): Received {
  const { method, target, headers, bodyBase64 } = request
  const body = Buffer.from(bodyBase64, 'base64')
  const options = { ...optionsOf(recording), nowMs, domains: ['s3.example.test'] }
  return receive({ method, target, headers, body }, options)
}

for (const recording of [botocore, awsSdkJs]) {
  for (const request of recording.requests) {
    test(`${recording.recordedWith}: ${request.name}`, () => {
      const received = receiveRecorded(recording, request)
      const { operation, authentication, resource } = received
      assert.equal(operation, request.name.split(' ')[0])
      assert.equal(authentication.accessKeyId, recording.accessKeyId)
      if (typeof request.key === 'string') assert.equal(resource.key, request.key)
      assert.ok(codecs[operation].decode(received.request))
    })
  }
}

test('recorded requests: one changed byte of the target is refused', () => {
  for (const request of botocore.requests) {
    const target = request.target.replace(/^[^?]*/, '$&0')
    assert.throws(() => receiveRecorded(botocore, { ...request, target }), { code: 'SignatureDoesNotMatch' })
  }
})

test('recorded requests: a quarter of an hour late they are refused, and presigned ones are not', () => {
  for (const request of botocore.requests) {
    const late = () => receiveRecorded(botocore, request, botocore.nowMs + 15 * 60 * 1000 + 1)
    if (request.name.includes('presigned')) assert.ok(late().authentication.accessKeyId)
    else assert.throws(late, { code: 'RequestTimeTooSkewed' })
  }
})

function inputOf<N extends Received['operation']>(recording: Recording, name: string, operation: N) {
  const request = recording.requests.find((candidate) => candidate.name === name) as RecordedRequest
  const received = receiveRecorded(recording, request)
  assert.equal(received.operation, operation, name)
  return { received, input: codecs[operation].decode(received.request) as ReturnType<(typeof codecs)[N]['decode']> }
}

test('recorded requests: the source of a copy is what was asked for', () => {
  for (const { name } of botocore.requests.filter((request) => request.name.startsWith('copyObject'))) {
    const { input } = inputOf(botocore, name, 'copyObject')
    const key = botocore.requests.find((request) => request.name === name.replace('copyObject', 'putObject'))?.key
    assert.deepEqual([input.source.bucket, input.source.key, input.source.versionId], ['photos', key, undefined])
  }
})

test('recorded requests: checksums in trailers are verified, and the coding of the transfer is not kept', () => {
  const { received, input } = inputOf(botocore, 'putObject with a coding over https', 'putObject')
  assert.equal(received.content.toString(), '{}')
  assert.equal(received.summary.checksum?.algorithm, 'CRC32')
  assert.equal(input.content.contentEncoding, 'gzip')
  const streamed = inputOf(awsSdkJs, 'putObject of a stream over https', 'putObject')
  assert.equal(streamed.received.content.toString(), 'hello world')
  assert.equal(streamed.received.summary.checksum?.algorithm, 'SHA256')
  assert.equal(streamed.input.content.contentEncoding, undefined)
})

test('recorded requests: headers that a presigned URL carries in its query count', () => {
  assert.deepEqual({ ...inputOf(awsSdkJs, 'putObject presigned', 'putObject').input.metadata }, { color: 'sky blue' })
  assert.equal(inputOf(awsSdkJs, 'copyObject presigned', 'copyObject').input.source.key, 'from here')
  const { input } = inputOf(botocore, 'putObject presigned (s3)', 'putObject')
  assert.deepEqual({ ...input.metadata }, { color: 'sky blue' })
  assert.equal(input.content.contentType, 'text/plain')
})

test('recorded forms: their signatures and policies hold', () => {
  for (const { fields } of botocore.forms) {
    const form = new Map(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]))
    form.set('content-type', 'text/plain')
    assert.equal(authenticateForm(form, optionsOf(botocore)), botocore.accessKeyId)
    const policy = parsePostPolicy(form.get('policy') ?? '')
    const checked = new Map([...form, ['bucket', 'photos'], ['key', 'user/me.txt']])
    requirePolicy(policy, checked, botocore.nowMs)
    assert.throws(() => requirePolicy(policy, checked, botocore.nowMs + 600_001), { code: 'AccessDenied' })
    assert.throws(() => requirePolicy(policy, new Map([...checked, ['bucket', 'other']]), botocore.nowMs), /\$bucket/)
  }
})
