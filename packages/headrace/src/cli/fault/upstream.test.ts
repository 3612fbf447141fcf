import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../../test/open-store.ts'
import { finishedRequest } from '../../../test/support/access-record.ts'
import { FakeStoreAdmin } from '../../../test/support/fake-store-admin.ts'
import { groupStatus, upstreamStatus } from '../../../test/support/group-status.ts'
import { testTerminal } from '../../../test/support/terminal.ts'
import type { AreaAdmins } from '../../admin/api-areas.ts'
import { LocalAdmin } from '../../admin/local-admin.ts'
import { createUpstreamAdmin } from '../../admin/upstream/create-upstream-admin.ts'
import { systemClock } from '../../core/runtime.ts'
import { topCommand } from '../top/top.ts'
import { faultCommand } from './fault.ts'

/** Commands against a server whose socket is in a state folder. */
async function startTool(t: TestContext, areas: Partial<AreaAdmins>) {
  const state = await temporaryFolder(t)
  mkdirSync(join(state, 'locks'))
  const failed = (error: unknown) => {
    throw error
  }
  const local = new LocalAdmin({ ...areas, allowFaults: true, failed, clock: systemClock, marker: 'locks' })
  await local.announce([state])
  t.after(() => local.close())
  return async (...args: string[]): Promise<string> => {
    const { terminal, printed } = testTerminal()
    const [name, ...rest] = args
    const command = (name === 'fault' ? faultCommand : topCommand)(terminal).exitOverride()
    for (const sub of command.commands) sub.exitOverride().configureOutput({ writeErr() {} })
    await command.parseAsync([...rest, '--state', state], { from: 'user' })
    return printed()
  }
}

const server: AreaAdmins['server'] = {
  figures: async () => ({
    takenMs: 1,
    inFlight: 2,
    requests: [],
    firstByte: [],
    bytesIn: 0,
    bytesOut: 0,
    attempts: { hedges: 3 },
  }),
  findRequest: async ({ requestId }) => ({ record: finishedRequest({ requestId }) }),
}

function upstreamAdmin() {
  const status = groupStatus([upstreamStatus('a:1'), upstreamStatus('b:1')])
  return createUpstreamAdmin({ groups: async () => [status], faults: [], spreadFaults() {} })
}

test('fault upstream: given, listed, cleared', async (t) => {
  const run = await startTool(t, { upstream: upstreamAdmin(), server })
  assert.equal(await run('fault', 'list'), 'No upstream is made to fail.\n')
  assert.match(await run('fault', 'upstream', 'a:1', '--latency', '1s', '--share', '0.3'), /^a:1 +30\.0 % +1 s later$/m)
  assert.match(
    await run('fault', 'upstream', 'b:1', '--reset-after', '64KiB'),
    /^b:1 +100\.0 % +broken after 64\.0 KiB$/m,
  )
  assert.match(await run('fault', 'upstream', 'b:1', '--status', '503'), /^b:1 +100\.0 % +answered 503$/m)
  assert.match(await run('fault', 'upstream', 'b:1', '--stall-after', '0'), /stuck after 0 B$/m)
  assert.deepEqual(JSON.parse(await run('fault', 'list', '--json')).faults.length, 2)
  assert.doesNotMatch(await run('fault', 'clear', 'a:1'), /a:1/)
  assert.equal(await run('fault', 'clear'), 'No upstream is made to fail.\n')
})

test('fault upstream: what an operator gets wrong', async (t) => {
  const run = await startTool(t, { upstream: upstreamAdmin(), server })
  await assert.rejects(run('fault', 'upstream', 'a:1'), /Say what goes wrong: --latency/)
  await assert.rejects(run('fault', 'upstream', 'c:1', '--latency', '1s'), /no upstream c:1; there are a:1, b:1/)
  await assert.rejects(run('fault', 'upstream', 'a:1', '--status', '200'), /status of an error/)
  await assert.rejects(run('fault', 'upstream', 'a:1', '--reset-after', '1kb'), /number of bytes/)
  await assert.rejects(run('fault', 'drive', '1', '--delay', '1s', '--data', '/'), /in one way|unknown option/)
})

test('fault list, fault clear, top: of a store on drives, its drives', async (t) => {
  const fake = new FakeStoreAdmin()
  const run = await startTool(t, { store: fake.store, server })
  assert.equal(await run('fault', 'list'), 'No drive is made to fail.\n')
  await run('fault', 'clear', '3')
  assert.deepEqual(fake.calls.at(-1), { operation: 'clearFaults', input: { drive: 3 } })
  await assert.rejects(run('fault', 'clear', 'a:1'), /named by its number/)
  await assert.rejects(run('fault', 'upstream', 'a:1', '--latency', '1s'), /no upstreams: it has a store on drives/)
  assert.match(await run('top', '--once'), /^0 +up .*\/mnt\/d0$/m)
})

test('top: upstreams, as a screen or as JSON', async (t) => {
  const run = await startTool(t, { upstream: upstreamAdmin(), server })
  assert.match(await run('top', '--once'), /^Attempts .* hedges 0\/s \(3, 0 won\)[\s\S]*^b:1 +up +0\/128 /m)
  const view = JSON.parse(await run('top', '--once', '--json'))
  assert.deepEqual([view.inFlight, view.upstreams.length, view.drives], [2, 2, null])
})
