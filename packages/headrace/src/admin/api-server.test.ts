import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { presign, sha256Hex, signRequest } from '@headrace/s3'
import { FakeStoreAdmin, status } from '../../test/support/fake-store-admin.ts'
import { systemClock } from '../core/runtime.ts'
import { listen } from '../processes/listen.ts'
import { adminClient } from './admin-client.ts'
import { AdminError } from './admin-error.ts'
import { createAdminServer } from './admin-server.ts'
import { endpointTransport } from './admin-transport.ts'
import type { StoreAdminOperation } from './store-admin.ts'
import { apiPrefix, storeOperations } from './store-operations.ts'

const root = { accessKeyId: 'ROOT', secretKey: 'the secret of root' }
const alice = { accessKeyId: 'ALICE', secretKey: 'the secret of alice' }
const keys = {
  secretOf: (id: string) => [root, alice].find(({ accessKeyId }) => accessKeyId === id)?.secretKey,
  principalOf: (id: string) => ({
    kind: 'owner' as const,
    id: '',
    displayName: '',
    accessKeyId: id,
    isRoot: id === 'ROOT',
  }),
}

async function startApi(t: TestContext, { allowFaults = true } = {}) {
  const fake = new FakeStoreAdmin()
  const failures: unknown[] = []
  const failed = (error: unknown) => failures.push(error)
  const server = createAdminServer({
    own: async () => [],
    gateways: async () => [],
    isReady: () => true,
    failed,
    api: { store: fake.store, keys, clock: systemClock, allowFaults, failed },
  })
  const port = await listen(server, { host: '127.0.0.1', port: 0 })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const endpoint = new URL(`http://127.0.0.1:${port}`)
  const admin = (credentials = root, clock = systemClock as { now(): number }) =>
    adminClient('store', endpointTransport({ endpoint, credentials, clock }))
  /** A request that is signed as it stands. */
  const send = async (method: string, target: string, body?: string, more: Record<string, string> = {}) => {
    const signed = signRequest(
      { method, target, headers: ['host', endpoint.host], payloadHash: sha256Hex(body ?? '') },
      { credentials: root, region: 'eu-1', nowMs: Date.now() },
    )
    const headers = { ...pairs(signed.headers), ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const response = await fetch(`${endpoint.origin}${target}`, { method, headers: { ...headers, ...more }, body })
    return { status: response.status, reply: JSON.parse(await response.text()) }
  }
  return { fake, failures, endpoint, admin, send }
}

function pairs(headers: readonly string[]): Record<string, string> {
  const entries: [string, string][] = []
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] !== 'host') entries.push([headers[index] as string, headers[index + 1] as string])
  }
  return Object.fromEntries(entries)
}

/** Something to ask of every operation. */
const inputs: { [N in StoreAdminOperation]: object } = {
  status: {},
  drives: {},
  planAdd: { drives: [{ path: '/mnt/a b', host: null, rack: 'r1', deviceClass: 'cold' }] },
  addDrives: { drives: [{ path: '/mnt/ü', host: 'h', rack: null, deviceClass: 'hot' }] },
  planRemove: { drive: 3 },
  removeDrive: { drive: 3, force: true },
  cancelRemove: { drive: 3 },
  startScrub: { deep: true, drive: 1 },
  startHeal: {},
  startCensus: {},
  census: {},
  progress: { worker: 'heal' },
  explain: { bucket: 'photos', key: 'cats/1.jpg', versionId: null },
  rebuildIndex: {},
  salvage: { after: 'x+y/z &=?', limit: 10 },
  setProfile: {
    deviceClass: 'hot',
    storageClass: 'STANDARD',
    bucket: 'b',
    failureDomain: 'host',
    widths: { small: { k: 1, m: 2 }, large: { k: 4, m: 2 } },
  },
  faults: {},
  setFault: { drive: 2, calls: 'read', delayMs: 1000, errorCode: 'EIO', flipsBits: false, probability: 0.5 },
  clearFaults: { drive: null },
}

test('admin API: every operation goes there and back, with what was asked', async (t) => {
  const { fake, admin, failures } = await startApi(t)
  const client = admin() as unknown as Record<string, (input: object) => Promise<unknown>>
  const store = new FakeStoreAdmin().store as unknown as Record<string, (input: object) => Promise<unknown>>
  for (const [operation, input] of Object.entries(inputs)) {
    const output = await client[operation]?.(input)
    assert.deepEqual(output, await store[operation]?.(input), operation)
    assert.deepEqual(fake.calls.at(-1), { operation, input })
  }
  assert.deepEqual(failures, [])
  const routes = Object.values(storeOperations).map(({ method, path }) => `${method} ${path}`)
  assert.equal(new Set(routes).size, routes.length, 'no route is there twice')
})

test('admin API: what is left out is as the table says', async (t) => {
  const { fake, send } = await startApi(t)
  await send('POST', `${apiPrefix}/scrub`)
  assert.deepEqual(fake.calls.at(-1)?.input, { deep: false, drive: null })
  await send('DELETE', `${apiPrefix}/drives/4`)
  assert.deepEqual(fake.calls.at(-1)?.input, { drive: 4, force: false })
  await send('POST', `${apiPrefix}/drives`, '{"drives":[{"path":"/d"}]}')
  assert.deepEqual(fake.calls.at(-1)?.input, { drives: [{ path: '/d', host: null, rack: null, deviceClass: 'hot' }] })
})

test('admin API: only what the root owner signed, by header, is heard', async (t) => {
  const { fake, endpoint, admin } = await startApi(t)
  const refused = (code: string, message: RegExp) => (error: AdminError) => {
    assert.deepEqual([error.name, error.code], ['AdminError', code])
    assert.match(error.message, message)
    return true
  }
  await assert.rejects(admin({ ...root, secretKey: 'wrong' }).status({}), refused('Unauthorized', /signature/))
  await assert.rejects(admin({ ...root, accessKeyId: 'NOBODY' }).status({}), refused('Unauthorized', /access key/))
  await assert.rejects(admin(alice).status({}), refused('Forbidden', /root owner/))
  const late = { now: () => Date.now() - 3_600_000 }
  await assert.rejects(admin(root, late).status({}), refused('Unauthorized', /time/i))

  const plain = await fetch(`${endpoint.origin}${apiPrefix}/nothing`)
  assert.equal(plain.status, 401)
  assert.equal(plain.headers.get('www-authenticate'), 'AWS4-HMAC-SHA256')
  assert.match(await plain.text(), /HEADRACE_SECRET_KEY/)
  const target = presign(
    { method: 'GET', target: `${apiPrefix}/status`, headers: ['host', endpoint.host] },
    { credentials: root, region: 'eu-1', nowMs: Date.now(), expiresSeconds: 60 },
  )
  assert.equal((await fetch(`${endpoint.origin}${target}`)).status, 401)
  assert.deepEqual(fake.calls, [])
})

test('admin API: a body that was changed on the way, or that nobody vouches for, is refused', async (t) => {
  const { fake, endpoint, send } = await startApi(t)
  const target = `${apiPrefix}/plans/remove`
  const other = await send('POST', target, '{"drive":1}', { 'x-amz-content-sha256': sha256Hex('{"drive":2}') })
  assert.equal(other.status, 401)
  const { headers } = signRequest(
    { method: 'POST', target, headers: ['host', endpoint.host] },
    { credentials: root, region: 'eu-1', nowMs: Date.now() },
  )
  const unsigned = await fetch(`${endpoint.origin}${target}`, {
    method: 'POST',
    headers: { ...pairs(headers), 'content-type': 'application/json' },
    body: '{"drive":1}',
  })
  assert.equal(unsigned.status, 401)
  assert.match(await unsigned.text(), /does not cover the body/)
  assert.deepEqual(fake.calls, [])
})

test('admin API: what cannot be is refused with the field, and nothing is done', async (t) => {
  const { fake, failures, send } = await startApi(t)
  const drives = `${apiPrefix}/drives`
  const cases: readonly [method: string, target: string, body: string | undefined, status: number, message: RegExp][] =
    [
      ['GET', '/api', undefined, 404, /nothing under this path/],
      ['GET', `${apiPrefix}/`, undefined, 404, /nothing/],
      ['GET', `${apiPrefix}/drives/1/2`, undefined, 404, /nothing/],
      ['DELETE', `${drives}/`, undefined, 404, /nothing/],
      ['DELETE', `${apiPrefix}/status`, undefined, 405, /for GET/],
      ['PUT', drives, '{}', 405, /for GET, POST/],
      ['GET', `${apiPrefix}/status?deep=true`, undefined, 400, /Unrecognized key: "deep"/],
      ['POST', `${apiPrefix}/scrub?deep=true`, undefined, 400, /not in the query/],
      ['POST', `${apiPrefix}/scrub`, '{"deep":"maybe"}', 400, /^deep: /],
      ['POST', `${apiPrefix}/scrub`, '{"__proto__":{"deep":true}}', 400, /__proto__/],
      ['POST', `${apiPrefix}/scrub`, '{"constructor":1}', 400, /constructor/],
      ['POST', `${apiPrefix}/scrub`, '[]', 400, /JSON object/],
      ['POST', `${apiPrefix}/scrub`, 'null', 400, /JSON object/],
      ['POST', `${apiPrefix}/scrub`, '{', 400, /not JSON/],
      ['POST', `${apiPrefix}/scrub`, '['.repeat(500_000), 400, /not JSON/],
      ['DELETE', `${drives}/1`, '{"force":true}', 400, /has no body/],
      ['POST', drives, '{"drives":[]}', 400, /^drives: /],
      ['POST', drives, '{"drives":[{"path":"d7"}]}', 400, /^drives\.0\.path: an absolute path/],
      ['POST', drives, '{"drives":[{"path":"/d\\u0000"}]}', 400, /NUL/],
      ['POST', drives, '{"drives":[{"path":"/d","rack":"a b"}]}', 400, /^drives\.0\.rack: /],
      ['DELETE', `${drives}/-1`, undefined, 400, /^drive: .*number/],
      ['DELETE', `${drives}/1?drive=2`, undefined, 400, /"drive" is there twice/],
      ['DELETE', `${drives}/1?force=1`, undefined, 400, /^force: /],
      ['POST', `${drives}/1/cancel-remove`, '{"drive":2}', 400, /there twice/],
      ['GET', `${apiPrefix}/explain?bucket=b`, undefined, 400, /^key: /],
      ['GET', `${apiPrefix}/salvage?limit=0`, undefined, 400, /^limit: .*1/],
      ['POST', `${apiPrefix}/faults`, '{"drive":1,"probability":0}', 400, /^probability: /],
      ['POST', `${apiPrefix}/faults`, '{"drive":1,"errorCode":"EVIL"}', 400, /^errorCode: /],
    ]
  for (const [method, target, body, status, message] of cases) {
    const { status: got, reply } = await send(method, target, body)
    assert.equal(got, status, `${method} ${target} ${body?.slice(0, 80)}: ${JSON.stringify(reply)}`)
    assert.match(reply.error.message, message, `${method} ${target} ${body?.slice(0, 80)}`)
  }
  assert.equal((await send('POST', `${apiPrefix}/scrub`, '{}', { 'content-type': 'text/plain' })).status, 415)
  assert.deepEqual([fake.calls, failures], [[], []])
})

test('admin API: what the operator can put right is said with its remedy, what was not expected is not', async (t) => {
  const { admin, failures } = await startApi(t)
  await assert.rejects(admin().removeDrive({ drive: 99, force: false }), (error: AdminError) => {
    assert.deepEqual([error.code, error.status, error.message], ['NoSuchDrive', 404, 'There is no drive 99.'])
    assert.match(error.remedy ?? '', /store drives/)
    return true
  })
  await assert.rejects(admin().explain({ bucket: 'b', key: 'bug', versionId: null }), (error: AdminError) => {
    assert.deepEqual([error.code, error.status], ['InternalError', 500])
    assert.doesNotMatch(error.message, /secret/)
    return true
  })
  assert.equal(failures.length, 1)
})

test('admin API: drives are made to fail only where the server allows it', async (t) => {
  const { fake, admin } = await startApi(t, { allowFaults: false })
  const refused = { name: 'AdminError', code: 'FaultsNotAllowed' }
  await assert.rejects(admin().clearFaults({ drive: null }), refused)
  assert.deepEqual(await admin().faults({}), { faults: [] })
  assert.deepEqual(
    fake.calls.map(({ operation }) => operation),
    ['faults'],
  )
})

test('admin API: a body that is too large is refused before it is there, or as soon as it is', async (t) => {
  const { fake, endpoint } = await startApi(t)
  const target = `${apiPrefix}/scrub`
  const { headers } = signRequest(
    { method: 'POST', target, headers: ['host', endpoint.host] },
    { credentials: root, region: 'eu-1', nowMs: Date.now() },
  )
  const lines = Object.entries(pairs(headers)).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `POST ${target} HTTP/1.1\r\nhost: ${endpoint.host}\r\n${lines.join('')}`
  const answer = (rest: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(Number(endpoint.port), '127.0.0.1')
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
      socket.write(`${head}${rest}`)
    })
  assert.match(await answer('content-length: 2000000\r\n\r\n'), /^HTTP\/1\.1 413 /)
  const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`
  assert.match(await answer(`transfer-encoding: chunked\r\n\r\n${chunk}${chunk.slice(0, 100)}`), /^HTTP\/1\.1 413 /)
  assert.deepEqual(fake.calls, [])
})

test('admin API: metrics and health stay open, and without a store there is no API', async (t) => {
  const { endpoint } = await startApi(t)
  for (const path of ['/metrics', '/-/live', '/-/ready'])
    assert.equal((await fetch(endpoint.origin + path)).status, 200)
  const bare = createAdminServer({ own: async () => [], gateways: async () => [], isReady: () => true, failed() {} })
  const port = await listen(bare, { host: '127.0.0.1', port: 0 })
  t.after(() => bare.close())
  assert.equal((await fetch(`http://127.0.0.1:${port}${apiPrefix}/status`)).status, 404)
})

test('admin client: what is not the admin API is told from it', async (t) => {
  const { endpoint } = await startApi(t)
  const transport = async () => {
    const response = await fetch(`${endpoint.origin}/metrics`)
    return { status: response.status, text: await response.text() }
  }
  await assert.rejects(adminClient('store', transport).status({}), /no reply of the admin API/)
  const newer = async () => ({ status: 418, text: '{"error":{"code":"Newer","message":"m"}}' })
  await assert.rejects(
    adminClient('store', newer).status({}),
    (error) => error instanceof AdminError && error.message === 'm',
  )
  const fine = async () => ({ status: 200, text: JSON.stringify(status) })
  assert.deepEqual(await adminClient('store', fine).status({}), status)
})
