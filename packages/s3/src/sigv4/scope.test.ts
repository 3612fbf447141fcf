import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SigningKeyCache, scopeText, signingKey } from './scope.ts'

const scope = { date: '20130524', region: 'us-east-1', service: 's3' }

// https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-examples.html
test('signingKey: the derivation that AWS publishes', () => {
  const key = signingKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', {
    date: '20150830',
    region: 'us-east-1',
    service: 'iam',
  })
  const text =
    'AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\nf536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59'
  assert.equal(key.hex(text), '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7')
})

test('scopeText: day, region, service', () => {
  assert.equal(scopeText(scope), '20130524/us-east-1/s3/aws4_request')
})

test('SigningKeyCache: derives once for an access key and a scope', () => {
  const cache = new SigningKeyCache()
  const key = cache.get('a', 'secret', scope)
  assert.equal(cache.get('a', 'secret', { ...scope }), key)
  assert.notEqual(cache.get('a', 'secret', { ...scope, region: 'eu' }), key)
  assert.notEqual(cache.get('b', 'secret', scope), key)
})

test('SigningKeyCache: a changed secret has another key', () => {
  const cache = new SigningKeyCache()
  const key = cache.get('a', 'secret', scope)
  const changed = cache.get('a', 'changed', scope)
  assert.notEqual(changed.hex('x'), key.hex('x'))
  assert.equal(changed.hex('x'), signingKey('changed', scope).hex('x'))
})

test('SigningKeyCache: is bounded, for scopes are the client’s to choose', () => {
  const cache = new SigningKeyCache()
  const key = cache.get('a', 'secret', scope)
  for (let index = 0; index < 1000; index += 1) cache.get('a', 'secret', { ...scope, region: `r${index}` })
  assert.notEqual(cache.get('a', 'secret', scope), key)
  assert.equal(cache.get('a', 'secret', scope).hex('x'), key.hex('x'))
})
