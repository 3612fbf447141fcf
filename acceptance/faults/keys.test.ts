import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { before, test } from 'node:test'
import { useServer } from '../server.ts'
import { assertRefused, createBucket, getObject, listKeys, pathOf, putObject, request } from '../support/requests.ts'

// Keys are kept exactly, however odd they are, and no name makes a file where it should not be.

const server = await useServer()
const bucket = 'keys'
const outside = filesOutside()

before(async () => {
  await createBucket(server, bucket)
})

/** What lies beside the data folder. */
function filesOutside(): string[] {
  if (server.own === undefined) return []
  const parent = dirname(server.own.folder)
  return readdirSync(parent, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('data/'))
}

async function clear(): Promise<void> {
  for (const key of await listKeys(server, bucket)) {
    assert.equal((await request(server, { method: 'DELETE', path: pathOf(bucket, key) })).status, 204)
  }
}

test('keys that look like paths are kept exactly, and make no files', async () => {
  const keys = [
    '../../etc/passwd',
    '..',
    '.',
    './a',
    '/',
    '//',
    '/etc/passwd',
    '//etc//passwd/',
    'a/../../b',
    'a//b',
    'a/./b',
    'a/',
    'C:\\windows\\system32',
    '..\\..\\up',
    '~root/.ssh',
    '-rf',
    '$(touch /tmp/x)',
    'file:///etc/passwd',
    '%2e%2e%2f',
    'CON',
    '.hidden',
    'a'.repeat(255),
    `${'a/'.repeat(500)}b`,
  ]
  for (const key of keys) {
    assert.equal((await putObject(server, bucket, key, `this is ${key}`)).status, 200, key)
  }
  for (const key of keys) assert.equal((await getObject(server, bucket, key)).body.toString(), `this is ${key}`)
  const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  assert.deepEqual(await listKeys(server, bucket), expected)
  await clear()
})

test('the same path in another spelling is the same key', async () => {
  await putObject(server, bucket, 'a b/ü', 'one')
  for (const path of ['/keys/a%20b/%C3%BC', '/keys/a%20b/%c3%bc', '/keys/%61%20b%2F%C3%BC']) {
    // What is signed is the path in its one canonical spelling.
    const canonical = await request(server, { method: 'GET', path: pathOf(bucket, 'a b/ü') })
    assert.equal(canonical.body.toString(), 'one')
    const { status } = await request(server, { method: 'GET', path })
    assert.ok(status === 200 || status === 403, path)
  }
  await clear()
})

test('keys with control characters are kept, listed, copied and deleted', async () => {
  const keys = Array.from({ length: 31 }, (_, index) => `control ${String.fromCharCode(index + 1)}`)
  keys.push('delete \u007f', 'c1 \u0085', 'separator \u2028', 'no character \uffff', 'noncharacter \ufdd0')
  for (const key of keys) assert.equal((await putObject(server, bucket, key, key)).status, 200)
  for (const key of keys) assert.equal((await getObject(server, bucket, key)).body.toString(), key)
  assert.deepEqual((await listKeys(server, bucket)).toSorted(), keys.toSorted())
  // XML 1.0 has no way to write most of them; the listing must be made all the same.
  const plain = await request(server, { method: 'GET', path: pathOf(bucket), query: [['list-type', '2']] })
  assert.equal(plain.status, 200)
  assert.equal([...plain.body.toString().matchAll(/<Key>/g)].length, keys.length)
  const source = `${bucket}/${encodeURIComponent(keys[2] as string)}`
  const copied = await request(server, {
    method: 'PUT',
    path: pathOf(bucket, 'copy \u0001'),
    headers: { 'x-amz-copy-source': source },
  })
  assert.equal(copied.status, 200)
  await clear()
})

test('what cannot be a key is refused', async () => {
  const refusals = [
    { path: '/keys/nul%00nul', code: 'InvalidArgument' },
    { path: '/keys/%00', code: 'InvalidArgument' },
    { path: '/keys/%ff%fe', code: 'InvalidURI' },
    { path: '/keys/%C3', code: 'InvalidURI' },
    { path: '/keys/overlong%C0%AF', code: 'InvalidURI' },
    { path: '/keys/surrogate%ED%A0%80', code: 'InvalidURI' },
    { path: '/keys/broken%', code: 'InvalidURI' },
    { path: '/keys/broken%4', code: 'InvalidURI' },
    { path: '/keys/broken%zz', code: 'InvalidURI' },
    { path: `/keys/${'a'.repeat(1025)}`, code: 'KeyTooLongError' },
    { path: `/keys/${'%C3%BC'.repeat(513)}`, code: 'KeyTooLongError' },
  ]
  for (const { path, code } of refusals) {
    for (const method of ['PUT', 'GET', 'DELETE']) assertRefused(await request(server, { method, path }), 400, code)
    assert.equal((await request(server, { method: 'HEAD', path })).status, 400)
  }
  assert.deepEqual(await listKeys(server, bucket), [])
})

test('what cannot be a bucket is refused, and is no way out of the data folder', async () => {
  const paths = [
    '/../../etc/passwd',
    '/..',
    '/../',
    '/.',
    '/%2e%2e%2f%2e%2e%2fetc/passwd',
    '/%2e%2e/etc/passwd',
    '/..%2f..%2fetc',
    '/..%5c..%5cetc',
    '/keys%00/a',
    '/%00',
    '/Keys/a',
    '/ke ys'.replace(' ', '%20'),
    '/k\u00fc'.replace('\u00fc', '%C3%BC'),
    `/${'a'.repeat(64)}`,
    '/ab/a',
    '//keys/a',
  ]
  for (const path of paths) {
    for (const method of ['PUT', 'GET', 'DELETE']) {
      const reply = await request(server, { method, path })
      assert.match(String(reply.status), /^40[0345]$/, `${method} ${path}`)
      // A path in a spelling that is not the canonical one is not what was signed.
      const codes = /<Code>(InvalidBucketName|InvalidURI|NoSuchBucket|MethodNotAllowed|SignatureDoesNotMatch)</
      assert.match(reply.body.toString(), codes, path)
    }
  }
})

test('no file was made outside the data folder', () => {
  assert.deepEqual(filesOutside(), outside)
})
