import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drive } from '../../../test/support/drives.ts'
import { MendScene } from '../../../test/support/mend-scene.ts'
import { objectBytes } from '../../../test/support/work-scene.ts'
import { addDevices, markDown, markOut, startLeaving } from '../../store/embedded/placement/edit-map.ts'
import type { StoreMap } from '../../store/embedded/placement/store-map.ts'

const killsPerStory = 6

interface Story {
  readonly drives: number
  /** What happens to the map, and asks for work. */
  readonly change: (scene: MendScene) => void
}

const out = (device: number) => (scene: MendScene) =>
  scene.change((map) => markOut(markDown(map, device, scene.clock.now()), device))
const edit = (change: (map: StoreMap) => StoreMap) => (scene: MendScene) => scene.change(change)

const stories: Record<string, Story> = {
  heal: { drives: 7, change: out(2) },
  'heal of copies': { drives: 3, change: out(1) },
  rebalance: { drives: 7, change: edit((map) => addDevices(map, [drive(7)])) },
  leave: { drives: 7, change: edit((map) => startLeaving(map, 3)) },
  widen: { drives: 1, change: edit((map) => addDevices(map, [drive(1)])) },
  're-encode': { drives: 4, change: edit((map) => addDevices(map, [drive(4), drive(5)])) },
}

async function begin({ drives, change }: Story, seed: number): Promise<MendScene> {
  const scene = await MendScene.begin(drives, seed)
  await scene.put('small', objectBytes(40_000, 'small'))
  await scene.put('middle', objectBytes(700_000, 'middle'))
  await scene.put('large', objectBytes(4_500_000, 'large'))
  await scene.put('deleted', objectBytes(5_000_000, 'deleted'))
  await scene.remove('deleted')
  await scene.sealSegments()
  change(scene)
  return scene
}

/** The process is killed at different calls of the drives: some of the many that there are. */
for (const [name, story] of Object.entries(stories)) {
  test(`${name}: killed at any call, nothing is lost, it comes to its end, and nothing is left over`, async () => {
    const unharmed = await begin(story, 1)
    const before = unharmed.power.calls
    await unharmed.workAll()
    const calls = unharmed.power.calls - before
    for (let kill = 0; kill < killsPerStory; kill += 1) {
      const at = 1 + Math.floor(((kill + unharmed.random.next()) / killsPerStory) * calls)
      const what = `${name}, killed at call ${at} of ${calls}`
      const scene = await begin(story, at)
      scene.power.cutAfter(at)
      await scene.workAll().catch(() => {})
      await scene.restart()
      await scene.requireAll(what)
      await scene.workAll()
      scene.mender.start()
      await scene.workAll()
      await scene.requireAll(`${what}, and went on`)
      assert.equal(scene.census.last?.verdict, 'full', what)
      scene.requireSettled()
      scene.requireNoLeftOvers(what)
    }
  })
}
