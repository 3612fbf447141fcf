// Copies an object onto itself for ever, to other drives and back. Its arguments are folders, of which the last two are cold
// drives. It says how often it has done so, and is there to be killed.
import { actions, context } from '../conformance/harness.ts'
import { openTiers } from './tiered-store.ts'

const folders = process.argv.slice(2)
const { store } = await openTiers(folders, folders.length - 2)
const place = { bucket: 'b', key: 'k' }
await actions(store).create('b')
await actions(store).put('b', 'k', Buffer.alloc(3_000_000, 'turning'))
for (let turns = 0; ; turns += 1) {
  const storageClass = turns % 2 === 0 ? 'STANDARD_IA' : 'STANDARD'
  await store.copyObject({ ...place, source: place, storageClass }, context())
  process.stdout.write(`${storageClass}\n`)
}
