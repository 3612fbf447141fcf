import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../core/runtime.ts'
import { newAccessKeyId, newSecretKey } from './new-key.ts'

test('newAccessKeyId, newSecretKey: look as people know them, and never twice the same', () => {
  const ids = new Set(Array.from({ length: 100 }, () => newAccessKeyId(systemRandom)))
  const secrets = new Set(Array.from({ length: 100 }, () => newSecretKey(systemRandom)))
  assert.equal(ids.size, 100)
  assert.equal(secrets.size, 100)
  for (const id of ids) assert.match(id, /^HR[A-Z2-7]{18}$/)
  for (const secret of secrets) assert.match(secret, /^[\w-]{40}$/)
})
