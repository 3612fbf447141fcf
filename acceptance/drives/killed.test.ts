import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../needs.ts'
import { Storm } from '../processes/storm/storm.ts'
import { seededChance } from '../support/bytes.ts'
import { createBucket, listKeys, pathOf, request } from '../support/requests.ts'
import { until } from '../support/wait.ts'
import { chunkFiles, DriveStore, filesBelow, patienceMs } from './support/store.ts'

// Processes are killed in the middle of writes, and of what drives that come, go and die have them do.

const seed = process.env.HEADRACE_ACCEPTANCE_SEED ?? `${process.pid}`
const bucket = 'storm'

interface Round {
  readonly name: string
  /** Begins something that takes a while. */
  begin(store: DriveStore): Promise<void>
  kill(store: DriveStore): Promise<void>
}

const nothing = async () => {}

async function killAll(store: DriveStore): Promise<void> {
  await store.kill()
  await store.open([store.folder(5)])
}

const rounds: readonly Round[] = [
  { name: 'keeper, while clients write', begin: nothing, kill: (store) => store.killChildren('keeper') },
  { name: 'gateways, while clients write', begin: nothing, kill: (store) => store.killChildren('gateway') },
  { name: 'everything, while clients write', begin: nothing, kill: killAll },
  {
    name: 'everything, while a drive is added',
    begin: (store) => store.command('add', store.folder(7)),
    kill: killAll,
  },
  {
    name: 'keeper, while a drive leaves',
    begin: (store) => store.command('remove', '1'),
    kill: (store) => store.killChildren('keeper'),
  },
  { name: 'everything, while a drive leaves', begin: nothing, kill: killAll },
  {
    name: 'everything, while a dead drive is made good',
    async begin(store) {
      renameSync(store.folder(3), store.folder(103))
      await store.driveIs(2, { membership: 'out' })
    },
    kill: killAll,
  },
]

test(
  'nothing acknowledged is lost, work goes on by itself, and nothing is left over',
  needs('ownServer'),
  async (t) => {
    t.diagnostic(`HEADRACE_ACCEPTANCE_SEED=${seed}`)
    const chance = seededChance(seed)
    const store = await DriveStore.start(t, 6, { args: ['--down-out-ms', '1000'] })
    await createBucket(store.endpoint, bucket)
    const storm = new Storm(store.endpoint, bucket, seed)
    t.after(() => storm.end())
    for (const { name, begin, kill } of rounds) {
      storm.begin()
      await sleep(500)
      await begin(store)
      await sleep(chance(800))
      await kill(store)
      await storm.end()
      await storm.verify()
      t.diagnostic(`${name}: ${storm.acknowledgedCount} acknowledged, ${storm.doubtCount} in doubt`)
      assert.deepEqual(storm.problems, [], name)
    }
    await store.leaves(1)
    assert.deepEqual(chunkFiles(store.folder(2)), [])
    renameSync(store.folder(103), store.folder(3))
    await store.driveIs(2, { state: 'up', membership: 'in' })
    await store.becomesFull()
    await storm.verify()
    assert.deepEqual(storm.problems, [])
    await leavesNothingBehind(t, store)
    await store.stop()
  },
)

/** Temporary files of killed processes go; when every object is deleted, so do all files that held one. */
async function leavesNothingBehind(t: TestContext, store: DriveStore): Promise<void> {
  const { endpoint } = store
  for (const key of await listKeys(endpoint, bucket)) {
    await request(endpoint, { method: 'DELETE', path: pathOf(bucket, key) })
  }
  const uploads = await request(endpoint, { method: 'GET', path: pathOf(bucket), query: [['uploads', '']] })
  const entries = /<Upload>.*?<Key>(.*?)<\/Key>.*?<UploadId>(.*?)<\/UploadId>.*?<\/Upload>/gs
  for (const [, key = '', uploadId = ''] of uploads.body.toString().matchAll(entries)) {
    await request(endpoint, { method: 'DELETE', path: pathOf(bucket, key), query: [['uploadId', uploadId]] })
  }
  const left = () =>
    [1, 2, 3, 4, 5, 6, 7].flatMap((n) => [
      ...filesBelow(store.folder(n), 'tmp').filter((path) => !/probe/.test(path)),
      ...filesBelow(store.folder(n), 'chunks'),
      ...filesBelow(store.folder(n), 'quarantine'),
    ])
  try {
    await until('files of deleted objects go', patienceMs, () => left().length === 0)
  } catch (error) {
    t.diagnostic(
      left()
        .map((path) => join(path))
        .join('\n'),
    )
    throw error
  }
}
