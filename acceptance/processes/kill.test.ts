import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../needs.ts'
import { type Server, startServer } from '../server.ts'
import { seededChance } from '../support/bytes.ts'
import type { Endpoint } from '../support/endpoint.ts'
import { childrenOf, isRunning } from '../support/processes.ts'
import { createBucket, listKeys, pathOf, putObject, request } from '../support/requests.ts'
import { until } from '../support/wait.ts'
import { Storm } from './storm/storm.ts'

type Victim = 'gateway' | 'keeper' | 'every child' | 'supervisor' | 'everything'

const victims: readonly Victim[] = ['gateway', 'keeper', 'supervisor', 'every child', 'everything']
const rounds = Number(process.env.HEADRACE_ACCEPTANCE_KILLS ?? 12)
const seed = process.env.HEADRACE_ACCEPTANCE_SEED ?? `${process.pid}`
const bucket = 'storm'

/** A child that is killed is replaced within this time, and the service is whole again. */
const restartMs = 20_000
/** What killed processes left behind is cleared away within this time. */
const clearMs = 60_000

type OwnServer = Required<Server>

/** Ends processes as a crash would. */
function kill({ own }: OwnServer, victim: Victim, pick: number): void {
  const { pid } = own.process
  const gateways = childrenOf(pid, 'gateway')
  const doomed = {
    gateway: [gateways[pick % gateways.length] as number],
    keeper: childrenOf(pid, 'keeper'),
    'every child': childrenOf(pid),
    supervisor: [pid],
    everything: [pid, ...childrenOf(pid)],
  }[victim]
  for (const each of doomed) process.kill(each, 'SIGKILL')
}

/** After children were killed, there are others, and writes go on; after the supervisor, a new server opens the store. */
async function recover(server: OwnServer, victim: Victim, children: readonly number[]): Promise<OwnServer> {
  const { process: old, folder } = server.own
  if (victim === 'supervisor' || victim === 'everything') {
    await until('the children of a killed supervisor end', restartMs, () => !children.some(isRunning))
    return await startServer({ folder, port: server.port })
  }
  await until(`there are new processes after ${victim} was killed`, restartMs, () => {
    const now = childrenOf(old.pid)
    return now.length === children.length && now.join() !== children.join()
  })
  await until(`writes go on after ${victim} was killed`, restartMs, () => canWrite(server))
  return server
}

async function canWrite(endpoint: Endpoint): Promise<boolean> {
  try {
    return (await putObject(endpoint, bucket, 'w', 'probe')).status === 200
  } catch {
    return false
  }
}

test(`nothing acknowledged is lost when processes are killed, ${rounds} times`, needs('ownServer'), async (t) => {
  t.diagnostic(`HEADRACE_ACCEPTANCE_SEED=${seed}`)
  const chance = seededChance(seed)
  let server = await startServer()
  await createBucket(server, bucket)
  const storm = new Storm(server, bucket, seed)
  t.after(() => storm.end())
  for (let round = 0; round < rounds; round += 1) {
    const victim = victims[round % victims.length] as Victim
    const children = childrenOf(server.own.process.pid)
    storm.begin()
    await sleep(300 + chance(1200))
    const killedMs = performance.now()
    kill(server, victim, chance(2))
    await sleep(chance(500))
    server = await recover(server, victim, children)
    const recoveredMs = performance.now() - killedMs
    await storm.end()
    await request(server, { method: 'DELETE', path: pathOf(bucket, 'w') })
    await storm.verify()
    const { acknowledgedCount, doubtCount } = storm
    t.diagnostic(
      `${victim}: whole again after ${recoveredMs.toFixed(0)} ms; ${acknowledgedCount} acknowledged, ${doubtCount} in doubt`,
    )
    assert.deepEqual(storm.problems, [], `after ${victim} was killed in round ${round}`)
    assert.doesNotMatch(server.own.process.log, /the index ends at commit/)
  }
  assert.ok(storm.acknowledgedCount > rounds * 20, 'there was hardly any storm')
  await leavesNothingBehind(server)
  assert.deepEqual(await server.own.process.stop(), { code: 0, signal: null })
})

test('nothing acknowledged is lost when a server of one process is killed', needs('ownServer'), async (t) => {
  let server = await startServer({ workers: 0 })
  await createBucket(server, bucket)
  const storm = new Storm(server, bucket, seed)
  t.after(() => storm.end())
  for (let round = 0; round < 3; round += 1) {
    storm.begin()
    await sleep(500 + round * 300)
    server.own.process.signal('SIGKILL')
    await server.own.process.exited
    await storm.end()
    server = await startServer({ folder: server.own.folder, port: server.port, workers: 0 })
    await storm.verify()
    assert.deepEqual(storm.problems, [])
  }
  await leavesNothingBehind(server)
})

/** Temporary files of killed processes go; when every object is deleted, so do all files that held one. */
async function leavesNothingBehind(server: OwnServer): Promise<void> {
  const { folder } = server.own
  await until('temporary files go', clearMs, () => filesBelow(join(folder, 'tmp')).length === 0)
  for (const key of await listKeys(server, bucket)) {
    await request(server, { method: 'DELETE', path: pathOf(bucket, key) })
  }
  const uploads = await request(server, { method: 'GET', path: pathOf(bucket), query: [['uploads', '']] })
  const entries = /<Upload>.*?<Key>(.*?)<\/Key>.*?<UploadId>(.*?)<\/UploadId>.*?<\/Upload>/gs
  for (const [, key = '', uploadId = ''] of uploads.body.toString().matchAll(entries)) {
    await request(server, { method: 'DELETE', path: pathOf(bucket, key), query: [['uploadId', uploadId]] })
  }
  await until('files of deleted objects go', clearMs, () => filesBelow(join(folder, 'chunks')).length === 0)
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
