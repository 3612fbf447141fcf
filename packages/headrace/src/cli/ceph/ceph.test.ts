import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../../test/open-store.ts'
import { recordedAnswers, recordedChanges } from '../../../test/support/ceph-golden.ts'
import { testTerminal } from '../../../test/support/terminal.ts'
import { cephCommand } from './ceph.ts'
import type { RunCeph } from './source.ts'

const { answers } = recordedAnswers()
const untidy = recordedChanges().changes[0]

/** The recorded cluster, asked with the ceph program. */
const recorded: RunCeph = async (args) => {
  // Its map has one device class, so that the JSON form tells as much as the binary one.
  const words = args[1] === 'getcrushmap' ? 'osd crush dump' : args.slice(0, -2).join(' ')
  return Buffer.from(answers[words] ?? assert.fail(`not recorded: ${args.join(' ')}`))
}

async function headraceCeph(args: readonly string[], run = recorded): Promise<string> {
  const { terminal, printed } = testTerminal()
  const command = cephCommand(terminal, () => run)
  for (const each of command.commands) each.exitOverride().configureOutput({ writeErr() {} })
  await command.parseAsync(args, { from: 'user' })
  return printed()
}

/** Files with answers. Returns the options that name them. */
async function files(t: TestContext, contents: Readonly<Record<string, string | Uint8Array>>): Promise<string[]> {
  const folder = await temporaryFolder(t)
  return Object.entries(contents).flatMap(([option, content]) => {
    writeFileSync(join(folder, option), content)
    return [`--${option}`, join(folder, option)]
  })
}

const allFiles = {
  'osd-dump': answers['osd dump'] as string,
  'crush-dump': answers['osd crush dump'] as string,
  'pg-dump': answers['pg dump pgs'] as string,
}

const nobody: RunCeph = async () => assert.fail('nobody is asked')

test('status: health, OSDs, placement groups, pools', async () => {
  const text = await headraceCeph(['status'])
  assert.match(text, /^Health +HEALTH_WARN$/m)
  assert.match(text, /^Warning +POOL_APP_NOT_ENABLED: /m)
  assert.match(text, /^OSDs +5, 5 up, 5 in$/m)
  assert.match(text, /^Groups +49 placement groups: 49 active\+clean$/m)
  assert.match(text, /^Data +6\.00 MiB in 48 objects; 1\.43 GiB of 30\.0 GiB used \(4\.8 %\)$/m)
  assert.match(text, /^copies +\d+ +replicated +3\/\d +0 +32 +24 +3\.00 MiB +9\.00 MiB/m)
  assert.match(text, /^chunks +\d+ +erasure +3\/\d +1 +16 +24 +3\.00 MiB +4\.50 MiB/m)
  const status = JSON.parse(await headraceCeph(['status', '--json']))
  assert.deepEqual(status.osds, { count: 5, up: 5, in: 5 })
  assert.deepEqual(status.pgs, { count: 49, byState: { 'active+clean': 49 } })
  assert.equal(status.storedBytes, 6 * 2 ** 20)
})

test('status: what is degraded, misplaced, and on its way', async () => {
  const change = (status: { pgmap: object; health: object }) => ({
    ...status,
    health: { status: 'HEALTH_OK', checks: {} },
    pgmap: { ...status.pgmap, degraded_ratio: 0.123, misplaced_ratio: 0.5, recovering_bytes_per_sec: 2048 },
  })
  const run: RunCeph = async (args) =>
    args[0] === 'status' ? Buffer.from(JSON.stringify(change(JSON.parse(answers.status ?? '')))) : recorded(args)
  const text = await headraceCeph(['status'], run)
  assert.match(text, /^Recovery +12\.3 % degraded, 50\.0 % misplaced, recovering at 2\.00 KiB\/s$/m)
  assert.doesNotMatch(text, /Warning/)
})

test('tree: weights, usage and state of each OSD, sums of what is below', async () => {
  const text = await headraceCeph(['tree'])
  assert.match(text, /^ *ID +CLASS +WEIGHT +REWEIGHT +SIZE +USED +FILL +PGS +STATE +NAME$/m)
  assert.match(text, /^ *-1 +0\.029 +30\.0 GiB +1\.43 GiB +\[-{10}\] +4\.8 % +\d+ +root default$/m)
  assert.match(text, /^ +1 +hdd +0\.006 +0\.800 +6\.00 GiB .* up +│ {2}└─ osd osd\.1$/m)
  assert.match(text, /^ +2 +hdd .* up, affinity 0\.40 /m)
  const { roots } = JSON.parse(await headraceCeph(['tree', '--json']))
  const [root] = roots
  assert.equal(root.children.length, 5)
  assert.equal(
    root.usedBytes,
    root.children.reduce((sum: number, host: { usedBytes: number }) => sum + host.usedBytes, 0),
  )
})

test('tree: from files; without usage there are dashes, and OSDs nowhere in the map are named', async (t) => {
  const dump = JSON.parse(allFiles['osd-dump'])
  dump.osds.push({ ...dump.osds[0], osd: 7 })
  dump.osds[3] = { ...dump.osds[3], up: 0, in: 0, weight: 0 }
  const options = await files(t, { 'osd-dump': JSON.stringify(dump), 'crush-dump': allFiles['crush-dump'] })
  const text = await headraceCeph(['tree', ...options], nobody)
  assert.match(text, /^ +3 +hdd +0\.006 +0\.000 +– +– +– +– +down, out +.*osd\.3$/m)
  assert.match(text, /^Not in the tree: osd\.7$/m)
})

test('plan-add: totals against the minimum, pools, OSDs, and placement groups when asked', async () => {
  const text = await headraceCeph(['plan-add', '--osd', '0.00589', '--host', 'host9', '--pgs'])
  assert.match(text, /^If 1 OSD came \(osd\.5 on host9\):$/m)
  assert.match(text, /^To be moved +\S+ MiB of 13\.5 MiB \(\S+ %\), in \d+ placement groups$/m)
  assert.match(text, /^Minimum +\S+ MiB; the plan is \d\.\d\d × that$/m)
  assert.match(text, /^chunks +erasure +16 +\d+ /m)
  assert.match(text, /^ +5 +host9 +\S+ MiB +0 B +0 B +\S+ MiB +0 +\d+ +0\.0 % +0\.0 %$/m)
  assert.match(text, /^\d+\.[0-9a-f]+ +\S+ KiB +\d \d \d +\d \d \d$/m)
  assert.doesNotMatch(text, /Warning/)
})

test('plan-add: several on several hosts; ids in the order of the cluster', async () => {
  const args = ['plan-add', '--osd', '0.01', '--host', 'host9', 'host0', '--count', '2', '--json']
  const { added, pools, movedBytes } = JSON.parse(await headraceCeph(args))
  assert.deepEqual(added, [
    { id: 5, host: 'host9' },
    { id: 6, host: 'host9' },
    { id: 7, host: 'host0' },
    { id: 8, host: 'host0' },
  ])
  assert.equal(
    pools.reduce((sum: number, pool: { movedBytes: number }) => sum + pool.movedBytes, 0),
    movedBytes,
  )
})

test('plan-remove: what leaves, and what it costs to mark it out first', async () => {
  const text = await headraceCeph(['plan-remove', '4', 'osd.4'])
  assert.match(text, /^If 1 OSD went \(osd\.4\):$/m)
  assert.match(text, /^Out first +\S+ MiB /m)
  assert.match(text, /^ +4 +host4 +0 B +\S+ MiB +\S+ MiB +0 B +\d+ +0 +4\.8 % +–$/m)
  const plan = JSON.parse(await headraceCeph(['plan-remove', '4', '--json']))
  assert.ok(plan.outFirstBytes >= plan.movedBytes)
  assert.deepEqual(plan.removed, [4])
})

test('plan-remove: warnings say what a person should know', async (t) => {
  const dump = JSON.parse(untidy?.osdDump ?? '')
  const stats = dump.pools.map(({ pool }: { pool: number }) => ({
    pgid: `${pool}.0`,
    state: 'active+recovering',
    stat_sum: { num_bytes: 2 ** 30 },
  }))
  const df = { nodes: dump.osds.map(({ osd }: { osd: number }) => ({ id: osd, kb: 2 ** 20, kb_used: 900_000 })) }
  const options = await files(t, {
    'osd-dump': JSON.stringify({ ...dump, flags_set: ['norebalance', 'sortbitwise'] }),
    'crush-dump': Buffer.from(untidy?.crushMap ?? '', 'base64'),
    'pg-dump': JSON.stringify({ pg_map: { pg_stats: stats } }),
    'osd-df': JSON.stringify(df),
  })
  const all = dump.osds.map(({ osd }: { osd: number }) => String(osd)).filter((id: string) => Number(id) > 12)
  const { warnings } = JSON.parse(await headraceCeph(['plan-remove', ...all, '--json', ...options], nobody))
  const expected = [
    /would have fewer copies or chunks than now/,
    /fuller than nearfull \(85\.0 %\): osd\.0 /,
    /9 placement groups not clean now/,
    /down now, and so without data here: osd\.19/,
    /^by-osd: the number of placement groups is being changed/,
    /^norebalance set: data moves when that is unset/,
  ]
  assert.equal(warnings.length, expected.length, warnings.join('\n'))
  for (const [index, pattern] of expected.entries()) assert.match(warnings[index], pattern)
})

test('plan-add: what cannot be known is asked for', async (t) => {
  const add = ['plan-add', '--osd', '1', '--host', 'new']
  const options = await files(t, { ...allFiles, 'crush-dump': Buffer.from(untidy?.crushMap ?? '', 'base64') })
  options[1] = (await files(t, { 'osd-dump': untidy?.osdDump ?? '' }))[1] as string
  await assert.rejects(headraceCeph([...add, ...options], nobody), /Say which device class .*\(hdd, ssd\)/)
  const withClass = [...add, '--class', 'hdd']
  await assert.rejects(headraceCeph([...withClass, ...options], nobody), /with --parent: the map has several roots/)
  await assert.rejects(headraceCeph(['plan-add', '--osd', '1', '--host', 'default']), /default is a root, not a host/)
  const elsewhere = ['plan-add', '--osd', '1', '--host', 'host0', '--parent', 'rack']
  await assert.rejects(headraceCeph(elsewhere), /host0 is in default, not in rack/)
})

test('files: what is missing, unreadable or something else is named with its option', async (t) => {
  const some = await files(t, { 'osd-dump': allFiles['osd-dump'], 'crush-dump': allFiles['crush-dump'] })
  const remove = ['plan-remove', '4']
  await assert.rejects(headraceCeph([...remove, ...some], nobody), /--pg-dump is needed too: .*`ceph pg dump pgs/)
  await assert.rejects(
    headraceCeph([...remove, ...some, '--pg-dump', '/nowhere'], nobody),
    /--pg-dump: \/nowhere cannot/,
  )
  const text = await files(t, { 'pg-dump': 'dumped all' })
  await assert.rejects(headraceCeph([...remove, ...some, ...text], nobody), /pg-dump is not JSON/)
  const wrong = await files(t, { 'pg-dump': '{"pg_stats":[{"pgid":1}]}' })
  await assert.rejects(headraceCeph([...remove, ...some, ...wrong], nobody), /is not what `ceph pg dump pgs/)
  rmSync(some[1] as string)
  await assert.rejects(headraceCeph(['tree', ...some], nobody), /--osd-dump: .* cannot be read/)
})

test('arguments: what is no OSD and no weight is refused', async () => {
  await assert.rejects(headraceCeph(['plan-remove', '9']), /The cluster has no osd\.9/)
  await assert.rejects(headraceCeph(['plan-remove', 'first']), /An OSD is named by its number/)
  await assert.rejects(headraceCeph(['plan-add', '--osd', '0', '--host', 'h']), /a weight above 0/)
  await assert.rejects(headraceCeph(['plan-add', '--osd', '1', '--host', 'h', '--count', '0']), /a whole number/)
})

test('answers: figures that Ceph cannot print as JSON are taken for nothing', async () => {
  const run: RunCeph = async (args) =>
    args[1] === 'df'
      ? Buffer.from(String(answers['osd df']).replace(/"var":[\d.]+/g, '"var":-nan'))
      : await recorded(args)
  assert.match(await headraceCeph(['tree'], run), /osd\.0/)
})
