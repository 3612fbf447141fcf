import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { FakeStoreAdmin, status } from '../../../test/support/fake-store-admin.ts'
import { testTerminal } from '../../../test/support/terminal.ts'
import { createAdminServer } from '../../admin/admin-server.ts'
import { systemClock } from '../../core/runtime.ts'
import { listen } from '../../processes/listen.ts'
import { storeCommand } from './store.ts'

const names = ['HEADRACE_ACCESS_KEY', 'HEADRACE_SECRET_KEY']

function setEnvironment(t: TestContext, values: readonly (string | undefined)[]): void {
  const put = (wanted: readonly (string | undefined)[]) => {
    for (const [index, name] of names.entries()) {
      const value = wanted[index]
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
  const before = names.map((name) => process.env[name])
  t.after(() => put(before))
  put(values)
}

async function run(...args: string[]): Promise<string> {
  const { terminal, printed } = testTerminal()
  await storeCommand(terminal).parseAsync(args, { from: 'user' })
  return printed()
}

async function startServer(t: TestContext): Promise<{ endpoint: string; fake: FakeStoreAdmin }> {
  const fake = new FakeStoreAdmin()
  const keys = {
    secretOf: (id: string) => (id === 'ROOT' ? 'the secret' : undefined),
    principalOf: (accessKeyId: string) => ({
      kind: 'owner' as const,
      id: '',
      displayName: '',
      accessKeyId,
      isRoot: true,
    }),
  }
  const shared = { failed() {}, store: fake.store, allowFaults: false }
  const api = { ...shared, keys, clock: systemClock }
  const own = async () => []
  const server = createAdminServer({ own, gateways: async () => [], isReady: () => true, failed() {}, api })
  const port = await listen(server, { host: '127.0.0.1', port: 0 })
  t.after(() => server.close())
  return { endpoint: `http://127.0.0.1:${port}`, fake }
}

test('--endpoint: asks with the key of the environment, which is never sent', async (t) => {
  const { endpoint, fake } = await startServer(t)
  setEnvironment(t, ['ROOT', 'the secret'])
  assert.deepEqual(JSON.parse(await run('status', '--json', '--endpoint', endpoint)), status)
  await assert.rejects(run('add', 'd7', '--endpoint', endpoint), /folders are those of the server's machine/)
  await run('add', '/mnt/d7', '--endpoint', `${endpoint}/`)
  assert.equal(fake.calls.at(-1)?.operation, 'addDrives')
  setEnvironment(t, ['ROOT', 'another secret'])
  await assert.rejects(run('status', '--endpoint', endpoint), /signature.*HEADRACE_SECRET_KEY/)
})

test('--endpoint: without a key, or with what is no address of a server, nothing is asked', async (t) => {
  setEnvironment(t, ['ROOT', undefined])
  await assert.rejects(run('status', '--endpoint', 'http://127.0.0.1:1'), /needs the root owner's access key/)
  setEnvironment(t, ['ROOT', 'the secret'])
  for (const wrong of ['127.0.0.1:9001', 'ftp://h', 'http://h/path', 'http://u:p@h', 'http://h?x', '']) {
    await assert.rejects(run('status', '--endpoint', wrong), /is an address such as/, wrong)
  }
  await assert.rejects(run('status', '--endpoint', 'http://127.0.0.1:1'), /cannot be asked: .*ECONNREFUSED/)
})
