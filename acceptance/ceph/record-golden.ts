// `node acceptance/ceph/record-golden.ts`: records what a real cluster answers, and where its monitor puts placement
// groups after changes, for the tests of `headrace ceph` that run without one (packages/headrace/test/golden/ceph).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { type CephCluster, startCeph } from '../../tools/ceph/ceph-cluster.ts'
import { changes, commandsOf } from './support/changes.ts'
import { makeExceptions } from './support/exceptions.ts'
import { takeMap } from './support/osd-map.ts'
import { fillPools } from './support/real-data.ts'
import { untidyCommands } from './support/untidy-map.ts'

const golden = new URL('../../packages/headrace/test/golden/ceph/', import.meta.url)

const questions = ['status', 'df detail', 'osd dump', 'osd df', 'pg dump pgs', 'osd crush dump']

/** A small cluster that is whole, with two pools of objects. */
async function recordAnswers(cluster: CephCluster): Promise<Record<string, string>> {
  await fillPools(cluster)
  const answers = await Promise.all(questions.map((words) => cluster.ceph(...words.split(' '), '--format', 'json')))
  return Object.fromEntries(questions.map((words, index) => [words, answers[index] as string]))
}

/** Changes of an untidy map, each with the map before and every up set after it. */
async function recordChanges(cluster: CephCluster): Promise<unknown[]> {
  const map = () => takeMap(cluster, { osd: 0, weight: 0.00589 }, [19])
  await cluster.sendCommands([{ prefix: 'osd set', key: 'noout' }, ...untidyCommands()])
  await makeExceptions(cluster, await map())
  const recorded: unknown[] = []
  await map()
  for (const change of changes) {
    const osdDump = readFileSync(join(cluster.folder, 'osd-dump.json'), 'utf8')
    const crushMap = readFileSync(join(cluster.folder, 'crushmap')).toString('base64')
    await cluster.sendCommands(commandsOf(change))
    const { upSets } = await map()
    recorded.push({ change, osdDump, crushMap, after: Object.fromEntries(upSets) })
  }
  return recorded
}

function write(name: string, content: unknown): void {
  mkdirSync(golden, { recursive: true })
  writeFileSync(new URL(`${name}.json.br`, golden), brotliCompressSync(JSON.stringify(content)))
}

await using cluster = await startCeph({ osdCount: 5, rgwPorts: [], onProgress: console.error })
const reference = (await cluster.ceph('version')).trim()
write('answers', { reference, answers: await recordAnswers(cluster) })
write('changes', { reference, changes: await recordChanges(cluster) })
