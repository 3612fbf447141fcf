import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { signingKey } from '../sigv4/scope.ts'
import { authenticateForm } from './authenticate-form.ts'

const nowMs = Date.UTC(2026, 10, 21, 13, 41)
const options = { nowMs, region: 'us-east-1', secretOf: (id: string) => (id === 'AKIA' ? 'secret' : undefined) }
const policy = Buffer.from('{}').toString('base64')
const scope = { date: '20261121', region: 'us-east-1', service: 's3' }
const v4 = {
  policy,
  'x-amz-algorithm': 'AWS4-HMAC-SHA256',
  'x-amz-credential': 'AKIA/20261121/us-east-1/s3/aws4_request',
  'x-amz-date': '20261121T134100Z',
  'x-amz-signature': signingKey('secret', scope).hex(policy),
}
const v2 = { policy, awsaccesskeyid: 'AKIA', signature: createHmac('sha1', 'secret').update(policy).digest('base64') }

function check(fields: Record<string, string>): string | undefined {
  return authenticateForm(new Map(Object.entries(fields)), options)
}

function without(fields: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name))
}

test('authenticateForm: version 4, version 2, and nobody', () => {
  assert.equal(check(v4), 'AKIA')
  assert.equal(check(v2), 'AKIA')
  assert.equal(check({ key: 'k', acl: 'private' }), undefined)
})

test('authenticateForm: a field that is missing is named, whichever it is', () => {
  for (const fields of [v4, v2]) {
    for (const name of Object.keys(fields)) {
      for (const lacking of [without(fields, name), { ...fields, [name]: '' }]) {
        assert.throws(() => check(lacking), {
          code: 'InvalidArgument',
          message: new RegExp(`field named '${name}'`),
          details: { ArgumentName: name, ArgumentValue: '' },
        })
      }
    }
  }
  assert.throws(() => check({ policy }), { code: 'InvalidArgument' })
})

test('authenticateForm: a changed policy, a wrong signature, an unknown key', () => {
  for (const fields of [v4, v2]) {
    assert.throws(() => check({ ...fields, policy: 'e30K' }), {
      code: 'SignatureDoesNotMatch',
      details: { AWSAccessKeyId: 'AKIA', StringToSign: 'e30K' },
    })
  }
  assert.throws(() => check({ ...v4, 'x-amz-signature': '0' }), { code: 'SignatureDoesNotMatch' })
  assert.throws(() => check({ ...v2, signature: 'AAAA' }), { code: 'SignatureDoesNotMatch' })
  assert.throws(() => check({ ...v2, awsaccesskeyid: 'foo' }), { code: 'InvalidAccessKeyId' })
  const credential = v4['x-amz-credential'].replace('AKIA', 'foo')
  assert.throws(() => check({ ...v4, 'x-amz-credential': credential }), { code: 'InvalidAccessKeyId' })
})

test('authenticateForm: algorithm and scope', () => {
  const code = 'InvalidArgument'
  assert.throws(() => check({ ...v4, 'x-amz-algorithm': 'AWS4-HMAC-SHA1' }), { code, message: /only supports/ })
  assert.throws(() => check({ ...v4, 'x-amz-credential': 'AKIA' }), { code })
  assert.throws(() => check({ ...v4, 'x-amz-date': '20261122T000000Z' }), { code, message: /credential date/ })
  const elsewhere = v4['x-amz-credential'].replace('us-east-1', 'eu-west-1')
  assert.throws(() => check({ ...v4, 'x-amz-credential': elsewhere }), { code, details: { Region: 'us-east-1' } })
})

test('authenticateForm: both versions at once', () => {
  assert.throws(() => check({ ...v4, ...v2 }), { code: 'InvalidArgument', message: /not with both/ })
})
