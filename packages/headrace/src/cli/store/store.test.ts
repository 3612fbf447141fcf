import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../../test/open-store.ts'
import {
  census,
  driveStatus,
  explanation,
  FakeStoreAdmin,
  idleWorker,
  prediction,
  startedMs,
  status,
} from '../../../test/support/fake-store-admin.ts'
import { testTerminal } from '../../../test/support/terminal.ts'
import { LocalAdmin } from '../../admin/local-admin.ts'
import { systemClock } from '../../core/runtime.ts'
import { faultCommand } from '../fault/fault.ts'
import { storeCommand } from './store.ts'

/** `headrace store …` and `headrace fault …` against a server on a socket in a drive. */
async function storeTool(t: TestContext, { allowFaults = true } = {}) {
  const data = await temporaryFolder(t)
  writeFileSync(join(data, 'device.json'), '{}')
  const fake = new FakeStoreAdmin()
  const failed = (error: unknown) => {
    throw error
  }
  const local = new LocalAdmin({ store: fake.store, allowFaults, failed, clock: systemClock })
  await local.announce([data])
  t.after(() => local.close())
  async function run(args: readonly string[], { isInteractive = false, typed = '' } = {}) {
    const screen = testTerminal({ isInteractive })
    const [group = '', ...rest] = args
    const command = (group === 'store' ? storeCommand : faultCommand)(screen.terminal).exitOverride()
    for (const sub of command.commands) sub.exitOverride().configureOutput({ writeErr() {} })
    if (typed !== '') screen.type(typed)
    await command.parseAsync([...rest, '--data', data], { from: 'user' })
    return { text: screen.printed(), notes: screen.noted(), exitCode: screen.exitCode() }
  }
  const operations = () => fake.calls.map(({ operation }) => operation)
  return { fake, local, data, run, operations }
}

test('store status: the store on one screen', async (t) => {
  const { fake, run } = await storeTool(t)
  fake.driveList[3] = driveStatus(3, { state: 'down', membership: 'out', reason: 'EIO', freeBytes: 0 })
  const { text } = await run(['store', 'status'])
  for (const shown of [
    /^Store +6f1c2d3e-.*, headrace 0\.1\.0$/m,
    /^State +full \(census of 2026-11-21 12:00:01 UTC\)$/m,
    /^Protection +any 2 drives may fail$/m,
    /^Objects +18,000, 30\.0 GiB; 45\.0 GiB on the drives \(1\.50 ×\)$/m,
    /^Profile +STANDARD: small objects 3 copies, others 4\+2 on 7 hot drives$/m,
    /^Last move +add drive 6: moved 5\.40 GiB, predicted 5\.50 GiB, minimum 5\.00 GiB \(1\.08 ×\), re-encoded 1\.00 GiB of 2\.00 GiB$/m,
    /^0 +up +\[############--------\] +60\.0 % +60\.0 GiB +40\.0 GiB +\/mnt\/d0$/m,
    /^3 +down, out +\[####################\] +100\.0 % +60\.0 GiB +0 B +\/mnt\/d3 +EIO$/m,
    /^ {2}scrub +failed +0 B +drive 3 gave EIO$/m,
  ]) {
    assert.match(text, shown)
  }
  assert.ok(text.split('\n').length < 30, 'it fits a screen')
  assert.deepEqual(JSON.parse((await run(['store', 'status', '--json'])).text), status)
})

test('store status: what is wrong is in the first lines', async (t) => {
  const { fake, run } = await storeTool(t)
  fake.status = {
    ...status,
    verdict: 'degraded: drive missing',
    degradedRows: 1,
    missingChunks: 1_234,
    relaxedBuckets: ['scratch'],
    lastCensus: null,
    lastMove: null,
    drives: { up: 6, down: 1, leaving: 0, out: 1 },
  }
  const { text } = await run(['store', 'status'])
  assert.match(
    text,
    /State +degraded: drive missing: 1 stripe below full width, 1,234 chunks missing \(no census yet\)/,
  )
  assert.match(text, /Drives +6 up, 1 down, 1 out\n/)
  assert.match(text, /Not durable +writes to scratch are acknowledged before/)
  fake.status = { ...fake.status, verdict: null, degradedRows: 0, missingChunks: 0 }
  assert.match((await run(['store', 'status'])).text, /State +not known \(no census yet\)/)
})

test('store drives: one line each, and the reasons below', async (t) => {
  const { fake, run } = await storeTool(t)
  fake.driveList = [
    driveStatus(0, { rack: 'r1', isSlow: true }),
    driveStatus(9, { membership: 'leaving', reason: 'an operator removes it', sinceMs: startedMs, shareOfIdeal: null }),
  ]
  const { text } = await run(['store', 'drives'])
  assert.match(text, /^0\* +slow +hot +r1\/host-1 +100 GiB .* 1\.02 × +1\.25 ms +3\.50 ms +0 {2}\/mnt\/d0$/m)
  assert.match(text, /^9 +leaving .* – /m)
  assert.match(text, /^Drive 9 is leaving: an operator removes it, since 2026-11-21 12:00:00 UTC$/m)
  assert.deepEqual(JSON.parse((await run(['store', 'drives', '--json'])).text), { drives: fake.driveList })
})

test('store plan-add, plan-remove: predicted bytes by drive and in total, against the minimum', async (t) => {
  const { fake, run } = await storeTool(t)
  const { text } = await run(['store', 'plan-add', 'd7', '/mnt/d8', '--rack', 'r2', '--class', 'cold'])
  const drive = { host: null, rack: 'r2', deviceClass: 'cold' }
  assert.deepEqual(fake.calls, [
    {
      operation: 'planAdd',
      input: {
        drives: [
          { path: resolve('d7'), ...drive },
          { path: '/mnt/d8', ...drive },
        ],
      },
    },
  ])
  assert.match(text, /^To be moved +5\.50 GiB \(1\.10 × the minimum\)$/m)
  assert.match(text, /^Minimum +5\.00 GiB$/m)
  assert.match(text, /^Sample +10,000 of 20,000 data rows/m)
  assert.match(text, /^Warning +drive 3 is slow$/m)
  assert.match(text, /^new +5\.50 GiB +0 B {2}\/mnt\/d7$/m)
  assert.deepEqual(JSON.parse((await run(['store', 'plan-remove', '2', '--json'])).text), prediction)
  await assert.rejects(run(['store', 'plan-remove', '99']), /^Error: There is no drive 99\. `headrace store drives`/)
  await assert.rejects(run(['store', 'plan-remove', 'd2']), /named by its number/)
})

test('store add: says what will move and goes', async (t) => {
  const { run, operations } = await storeTool(t)
  const { text, exitCode } = await run(['store', 'add', '/mnt/d7'])
  assert.match(text, /^Drive 7 is \/mnt\/d7\.$/m)
  assert.match(text, /work goes on in the background/)
  assert.deepEqual([operations(), exitCode], [['addDrives'], undefined])
})

test('store add --wait: progress in lines where nobody looks, real bytes beside the prediction at the end', async (t) => {
  const { fake, run } = await storeTool(t)
  const working = { ...idleWorker, state: 'working' as const, startedMs, totalBytes: 4 * 2 ** 30 }
  fake.progress = Array.from({ length: 50 }, (_, step) => ({
    ...working,
    doneBytes: step * 2 ** 26,
    rateBytesPerS: 2 ** 27,
    etaMs: 9_000,
  }))
  fake.progress.push({ ...working, state: 'idle', finishedMs: startedMs + 25_000 })
  const { text, notes, exitCode } = await run(['store', 'add', '/mnt/d7', '--wait'])
  const lines = notes.trimEnd().split('\n')
  assert.equal(lines.length, 3, 'one in ten seconds')
  assert.equal(lines[1], 'rebalance: 31.3 %, 1.25 GiB of 4.00 GiB, 128 MiB/s, 9 s left')
  assert.match(
    text,
    /Done\. full \(census of .*\)\nadd drive 6: moved 5\.40 GiB, predicted 5\.50 GiB, minimum 5\.00 GiB/,
  )
  assert.equal(exitCode, 0)
})

test('store heal --wait: a bar where somebody looks, and nothing of it stays', async (t) => {
  const { fake, run } = await storeTool(t)
  const working = {
    ...idleWorker,
    state: 'working' as const,
    startedMs,
    totalBytes: 100,
    doneBytes: 50,
    note: 'x'.repeat(99),
  }
  fake.progress = [working, { ...working, state: 'idle', finishedMs: startedMs + 1 }]
  const { notes, exitCode } = await run(['store', 'heal', '--wait'], { isInteractive: true })
  assert.match(notes, /^\r\x1b\[Kheal {2}\[############------------\] {2}50\.0 % {2}50 B of 100 B {2}x+\r\x1b\[K$/)
  assert.ok(Math.max(...notes.split('\r').map((line) => line.length)) <= 79 + 3, 'it does not wrap')
  assert.equal(exitCode, 0)
})

test('store scrub, heal, census --wait: the exit status says what the store is', async (t) => {
  const { fake, run } = await storeTool(t)
  const finished = fake.progress[0] ?? idleWorker
  const cases = [
    ['full', 'idle', 0],
    ['healing', 'idle', 2],
    ['degraded: drive missing', 'idle', 2],
    ['lost', 'idle', 3],
    ['full', 'failed', 1],
    [null, 'idle', 2],
  ] as const
  for (const [verdict, state, code] of cases) {
    fake.status = { ...status, verdict }
    fake.progress = [{ ...finished, state, note: 'as it went' }]
    for (const name of ['scrub', 'heal', 'census', 'rebuild-index']) {
      const { exitCode, text } = await run(['store', name, '--wait'])
      assert.equal(exitCode, code, `${name} ${verdict} ${state}`)
      if (state === 'failed') assert.equal(text, 'Failed: as it went\n')
    }
  }
  const { text, exitCode, notes } = await run(['store', 'scrub', '--deep', '--drive', '3', '--wait', '--json'])
  assert.deepEqual(Object.keys(JSON.parse(text)), ['work', 'worker', 'status'])
  assert.deepEqual([exitCode, notes], [2, ''])
  const scrubs = fake.calls.filter(({ operation }) => operation === 'startScrub')
  assert.deepEqual(scrubs.at(-1)?.input, { deep: true, drive: 3 })
})

test('store heal --wait: a server that is restarted is waited for, one that stays away is not', async (t) => {
  const { fake, local, data, run } = await storeTool(t)
  const working = { ...idleWorker, state: 'working' as const, startedMs }
  let asked = 0
  // It goes away in the middle, and another one finishes what it began.
  const other = new LocalAdmin({ store: fake.store, allowFaults: false, failed() {}, clock: systemClock })
  t.after(() => other.close())
  fake.progress = new Proxy([working, working, { ...working, finishedMs: startedMs + 1 }], {
    get(target, name, receiver) {
      if (name === 'shift' && asked++ === 1) void local.close().then(() => other.announce([data]))
      return Reflect.get(target, name, receiver)
    },
  })
  assert.equal((await run(['store', 'heal', '--wait'])).exitCode, 0)

  fake.progress = [{ ...idleWorker, startedMs: startedMs - 5, finishedMs: startedMs - 1 }]
  await assert.rejects(run(['store', 'heal', '--wait']), /does not know of this run of heal any more/)
  fake.progress = [working]
  const waiting = run(['store', 'heal', '--wait'])
  waiting.catch(() => {})
  await new Promise((done) => setTimeout(done, 50))
  await other.close()
  await assert.rejects(waiting, /No server is running on/)
})

test('store remove: shows the plan, asks whoever is there, and goes', async (t) => {
  const { fake, run, operations } = await storeTool(t)
  const asked = await run(['store', 'remove', '3'], { isInteractive: true, typed: 'y' })
  assert.match(asked.text, /^Taking drive 3 away:\n\nTo be moved +5\.50 GiB/)
  assert.match(asked.notes, /Take drive 3 away\? \[y\/N\] /)
  assert.deepEqual(operations(), ['planRemove', 'removeDrive'])
  fake.calls.length = 0
  await assert.rejects(run(['store', 'remove', '3'], { isInteractive: true, typed: 'no' }), /Drive 3 stays/)
  assert.deepEqual(operations(), ['planRemove'])
  assert.equal((await run(['store', 'remove', '3', '--yes', '--wait'], { isInteractive: true })).exitCode, 0)
  assert.deepEqual(fake.calls.at(-4)?.operation, 'planRemove')
  fake.calls.length = 0
  await run(['store', 'remove', '3', '--json'])
  assert.deepEqual(operations(), ['removeDrive'])
  await run(['store', 'remove', '3', '--cancel'])
  assert.deepEqual(fake.calls.at(-1), { operation: 'cancelRemove', input: { drive: 3 } })
})

test('store remove --force: no script forgets a drive by accident', async (t) => {
  const { fake, run, operations } = await storeTool(t)
  await assert.rejects(run(['store', 'remove', '3', '--force']), /--force forgets .* --yes/)
  assert.deepEqual(operations(), ['planRemove'])
  await run(['store', 'remove', '3', '--force', '--yes'])
  assert.deepEqual(fake.calls.at(-1), { operation: 'removeDrive', input: { drive: 3, force: true } })
})

test('store census: the histogram of widths, and what is lost', async (t) => {
  const { fake, run, operations } = await storeTool(t)
  fake.census = {
    ...census,
    verdict: 'lost',
    widths: [...census.widths, { pool: 3, k: 4, m: 2, readableChunks: 3, rows: 5, bytes: 100 }],
    lostRows: 5,
    lost: [{ bucket: 'b', key: 'bell\u0007', dataId: '00ff', readableChunks: 3, k: 4 }],
  }
  const { text } = await run(['store', 'census', '--last'])
  assert.deepEqual(operations(), ['census'])
  assert.match(text, /^Verdict +lost$/m)
  assert.match(text, /^2 +3 copies +3 of 3 +\[###############-----\] +15,000 +1\.00 GiB$/m)
  assert.match(text, /^3 +4\+2 +3 of 6 +\[-+\] +5 +100 B +lost$/m)
  assert.match(text, /^b\/bell\\u0007 +3, needs 4 +00ff$/m)
  assert.match(text, /and 4 more data rows/)
  fake.census = null
  assert.match((await run(['store', 'census', '--last'])).text, /no census yet/)
  assert.deepEqual(JSON.parse((await run(['store', 'census', '--last', '--json'])).text), { census: null })
  assert.match((await run(['store', 'census'])).text, /has begun/)
})

test('store explain: draws where each chunk is and belongs', async (t) => {
  const { fake, run } = await storeTool(t)
  const { text } = await run(['store', 'explain', 'photos/cats/1.jpg'])
  assert.deepEqual(fake.calls.at(-1)?.input, { bucket: 'photos', key: 'cats/1.jpg', versionId: null })
  assert.match(text, /^Object +photos\/cats\/1\.jpg$/m)
  assert.match(text, /^Extent 1 of 1: data 0011.*, 2\.86 MiB, 1 reference$/m)
  assert.match(text, /^ {2}Pool +3, 4\+2 on hot drives, each on a drive of its own$/m)
  assert.match(text, /^ {2}CRUSH +placement group 77, x 123456: drives 4 0 6 2 5 1$/m)
  assert.match(text, /^ {2}Chunks +data \[4\] \[3>0\] {2}coding \[none>1\]$/m)
  assert.match(text, /^ {2}1 data +drive 3 +drive 0 +misplaced +segments\/7\/1 at 4096 +drive 3 is leaving$/m)
  assert.match(text, /^ {2}5 coding +nowhere +drive 1 +missing +its drive was full$/m)
  assert.deepEqual(JSON.parse((await run(['store', 'explain', 'photos/cats/1.jpg', '--json'])).text), explanation)
  await assert.rejects(run(['store', 'explain', 'photos/none']), /There is no object photos\/none/)
  for (const wrong of ['photos', '/key', 'photos/']) {
    await assert.rejects(run(['store', 'explain', wrong]), /must be BUCKET\/KEY/)
  }
})

test('store profile: shows, and sets', async (t) => {
  const { fake, run } = await storeTool(t)
  assert.match(
    (await run(['store', 'profile'])).text,
    /^STANDARD: small objects 3 copies, others 4\+2 on 7 hot drives\n$/,
  )
  await run(['store', 'profile', '8+3', '--bucket', 'b', '--failure-domain', 'rack'])
  const input = { deviceClass: 'hot', storageClass: 'STANDARD', bucket: 'b', failureDomain: 'rack' }
  const widths = { small: { k: 1, m: 3 }, large: { k: 8, m: 3 } }
  assert.deepEqual(fake.calls.at(-1)?.input, { ...input, widths })
  await run(['store', 'profile', 'auto', '--storage-class', 'STANDARD_IA', '--class', 'cold'])
  const cold = { deviceClass: 'cold', storageClass: 'STANDARD_IA', bucket: null, failureDomain: 'drive', widths: null }
  assert.deepEqual(fake.calls.at(-1)?.input, cold)
  await assert.rejects(run(['store', 'profile', 'auto', '--small', '1+1']), /--small goes with a width/)
  await assert.rejects(run(['store', 'profile', '4+2', '--failure-domain', 'room']), /drive, host, rack/)
  await assert.rejects(run(['store', 'profile', '4:2']), /such as 4\+2/)
  await assert.rejects(run(['store', 'profile', '4+2', '--small', '2+1']), /small.*k is 1/)
})

test('store salvage: every page, or that there is nothing', async (t) => {
  const { fake, run } = await storeTool(t)
  assert.match((await run(['store', 'salvage'])).text, /Every chunk belongs to an object/)
  assert.equal((await run(['store', 'salvage', '--json'])).text, '')
  const chunk = {
    dataId: '0a',
    chunk: 1,
    k: 4,
    m: 2,
    lengthBytes: 9,
    bucket: 'b',
    key: 'k',
    drive: 2,
    file: 'f',
    offsetBytes: null,
    isReadable: true,
  }
  fake.salvage = [
    { chunks: [chunk], next: 'more' },
    { chunks: [{ ...chunk, chunk: 2 }], next: null },
  ]
  const { text } = await run(['store', 'salvage', '--json'])
  assert.deepEqual(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).chunk),
    [1, 2],
  )
  assert.deepEqual(fake.calls.at(-1)?.input, { after: 'more', limit: 1000 })
})

test('fault: makes a drive fail, lists and clears; refused where the server does not allow it', async (t) => {
  const { fake, run } = await storeTool(t)
  const { text } = await run(['fault', 'drive', '2', '--delay', '1s', '--calls', 'read', '--probability', '0.5'])
  assert.match(text, /^2 +read +50\.0 % +1 s later$/m)
  const fault = { drive: 2, calls: 'read', delayMs: 1000, errorCode: null, flipsBits: false, probability: 0.5 }
  assert.deepEqual(fake.calls.at(-1)?.input, fault)
  await run(['fault', 'drive', '3', '--error', 'EIO', '--flip-bits'])
  assert.match((await run(['fault', 'list'])).text, /^3 +all +100\.0 % +fail with EIO, give a flipped bit$/m)
  assert.equal((await run(['fault', 'clear', '2'])).text, 'No drive is made to fail.\n')
  assert.deepEqual(fake.calls.at(-1)?.input, { drive: 2 })
  await assert.rejects(run(['fault', 'drive', '2']), /Say what goes wrong/)
  for (const wrong of ['1', '1h', '-1s', 's']) {
    await assert.rejects(run(['fault', 'drive', '2', `--delay=${wrong}`]), /must be a duration/)
  }
  const guarded = await storeTool(t, { allowFaults: false })
  await assert.rejects(guarded.run(['fault', 'clear']), /Start it with --allow-faults/)
})

test('store: a folder that leads to no server, or two ways at once, is refused', async (t) => {
  const { run } = await storeTool(t)
  const empty = await temporaryFolder(t)
  mkdirSync(join(empty, 'inside'))
  await assert.rejects(run(['store', 'status', '--endpoint', 'http://127.0.0.1:9001']), /in one way/)
  const command = storeCommand(testTerminal().terminal)
  await assert.rejects(command.parseAsync(['status', '--data', empty], { from: 'user' }), /is not a drive of a store/)
})
