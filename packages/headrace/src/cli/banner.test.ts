import assert from 'node:assert/strict'
import { test } from 'node:test'
import { banner } from './banner.ts'

const server = {
  port: 9000,
  adminPort: 9001,
  root: '/data',
  rootKey: { accessKeyId: 'HRROOT', secretKey: 'the secret' },
  async stop() {},
}
const plain = { server, host: '127.0.0.1', adminHost: '127.0.0.1', isTls: false, secretIsGiven: false }

test('banner: says where, with which key, and what to try', () => {
  const text = banner(plain)
  for (const shown of ['http://127.0.0.1:9000', 'HRROOT', 'the secret', '/data', 'http://127.0.0.1:9001/metrics']) {
    assert.ok(text.includes(shown), shown)
  }
  assert.match(text, /aws --endpoint-url http:\/\/127\.0\.0\.1:9000 s3 mb s3:\/\/first/)
})

test('banner: a secret that came from outside is not shown', () => {
  const text = banner({ ...plain, secretIsGiven: true })
  assert.ok(!text.includes('the secret'))
  assert.ok(text.includes('AWS_SECRET_ACCESS_KEY="$HEADRACE_SECRET_KEY"'))
})

test('banner: addresses that can be opened, whatever is listened on', () => {
  assert.ok(banner({ ...plain, isTls: true }).includes('https://127.0.0.1:9000'))
  for (const host of ['0.0.0.0', '::']) assert.ok(banner({ ...plain, host }).includes('http://127.0.0.1:9000'))
  assert.ok(banner({ ...plain, host: '::1' }).includes('http://[::1]:9000'))
  assert.ok(banner({ ...plain, adminHost: '::1' }).includes('http://[::1]:9001/metrics'))
})
