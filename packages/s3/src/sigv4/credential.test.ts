import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAuthorization, parseCredential, parseSignedHeaders } from './credential.ts'

const credential = 'AKIA/20261121/us-east-1/s3/aws4_request'
const scope = { date: '20261121', region: 'us-east-1', service: 's3' }

test('parseAuthorization: fields in any order, with and without blanks', () => {
  const expected = {
    credential: { accessKeyId: 'AKIA', scope },
    signedHeaders: ['host', 'x-amz-date'],
    signature: 'ab12',
  }
  for (const fields of [
    `Credential=${credential}, SignedHeaders=host;x-amz-date, Signature=ab12`,
    `Credential=${credential},SignedHeaders=host;x-amz-date,Signature=ab12`,
    `  Signature=ab12 ,\tSignedHeaders=X-Amz-Date;Host;, Other=x, Credential=${credential}`,
  ]) {
    assert.deepEqual(parseAuthorization(`AWS4-HMAC-SHA256 ${fields}`), expected)
  }
})

test('parseAuthorization: a missing field is named', () => {
  const fields = { Credential: credential, SignedHeaders: 'host', Signature: 'ab12' }
  for (const missing of Object.keys(fields)) {
    const others = Object.entries(fields).filter(([name]) => name !== missing)
    const header = `AWS4-HMAC-SHA256 ${others.map((field) => field.join('=')).join(', ')}`
    for (const text of [header, `${header}, ${missing}=`, `${header}, ${missing.toLowerCase()}=x`]) {
      assert.throws(() => parseAuthorization(text), {
        code: 'AuthorizationHeaderMalformed',
        message: `The authorization header is malformed; it has no ${missing}.`,
      })
    }
  }
})

test('parseAuthorization: a field that comes twice is refused, as two headers joined are', () => {
  const header = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=ab12`
  assert.throws(() => parseAuthorization(`${header},${header}`), { message: /more than one SignedHeaders/ })
  assert.throws(() => parseAuthorization(`${header}, Signature=cd34`), { message: /more than one Signature/ })
})

test('parseAuthorization: anything else than SigV4', () => {
  assert.throws(() => parseAuthorization(''), { code: 'AccessDenied' })
  assert.throws(() => parseAuthorization('AWS AKIA:c2lnbmF0dXJl'), {
    code: 'InvalidRequest',
    message: /AWS4-HMAC-SHA256/,
  })
  for (const header of [
    'AWS4-HMAC-SHA256',
    'AWS4-ECDSA-P256-SHA256 x',
    'Bearer x',
    'Basic eDp5',
    'aws4-hmac-sha256 x',
  ]) {
    assert.throws(() => parseAuthorization(header), {
      code: 'InvalidArgument',
      details: { ArgumentName: 'Authorization', ArgumentValue: header },
    })
  }
})

test('parseAuthorization: what is remembered of a header changes nothing', () => {
  const header = (region: string, signature: string) =>
    `AWS4-HMAC-SHA256 Credential=${credential.replace('us-east-1', region)}, SignedHeaders=host, Signature=${signature}`
  for (let index = 0; index < 2100; index += 1) {
    const region = `r${index % 1050}`
    const signature = index.toString(16).padStart(64, '0')
    const read = parseAuthorization(header(region, signature))
    assert.deepEqual([read.credential.scope.region, read.signature], [region, signature])
  }
  assert.equal(parseAuthorization(header('r'.repeat(1000), 'a'.repeat(64))).credential.scope.region, 'r'.repeat(1000))
  assert.throws(() => parseAuthorization('0'.repeat(64)), { code: 'InvalidArgument' })
})

test('parseCredential: is read from its end', () => {
  assert.deepEqual(parseCredential(`a/b//${credential}`, 'InvalidArgument'), { accessKeyId: 'a/b//AKIA', scope })
})

test('parseCredential: what is wrong is named, with the code of the place', () => {
  for (const [text, message] of [
    ['', /expecting/],
    ['AKIA', /expecting/],
    ['20261121/us-east-1/s3/aws4_request', /expecting/],
    ['/20261121/us-east-1/s3/aws4_request', /expecting/],
    ['AKIA/20261121/us-east-1/s3/aws5_request', /incorrect terminal "aws5_request"/],
    ['AKIA/20261121/us-east-1/sqs/aws4_request', /incorrect service "sqs"/],
    ['AKIA/2026112/us-east-1/s3/aws4_request', /incorrect date format "2026112"/],
    ['AKIA/2026-11-21/us-east-1/s3/aws4_request', /incorrect date format/],
  ] as const) {
    assert.throws(() => parseCredential(text, 'InvalidArgument'), { code: 'InvalidArgument', message }, text)
  }
})

test('parseSignedHeaders: lower case, sorted, none empty', () => {
  assert.deepEqual(parseSignedHeaders('X-Amz-Date;host; Range ;;'), ['host', 'range', 'x-amz-date'])
})
