import assert from 'node:assert/strict'
import { chunkFates } from '../../src/store/embedded/placement/belongs.ts'
import { finishLeaving } from '../../src/store/embedded/placement/edit-map.ts'
import type { StoreMap } from '../../src/store/embedded/placement/store-map.ts'
import type { CensusTaker } from '../../src/work/census/census-taker.ts'
import type { Mend } from '../../src/work/mend/mend.ts'
import type { MoveFigures } from '../../src/work/mend/move-figures.ts'
import type { MoveLog } from '../../src/work/mend/move-log.ts'
import { createStoreWork, type StoreWork } from '../../src/work/store-workers.ts'
import type { Worker } from '../../src/work/worker.ts'
import { WorkScene } from './work-scene.ts'

/** A store with its background work, as after the start of a process. */
export class MendScene extends WorkScene {
  readonly abort = new AbortController()
  #work: StoreWork | undefined

  static override async begin(map: number | StoreMap, seed = 1): Promise<MendScene> {
    const scene = new MendScene(map, seed)
    const bucket = { name: 'bucket', ownerId: 'o', ownerName: 'o', location: '', acl: 'private' as const, createdMs: 0 }
    await scene.finish(scene.keeper.submit('createBucket', bucket))
    await scene.beginGateway()
    scene.beginWork()
    return scene
  }

  beginWork(): void {
    this.#work = createStoreWork(this, {
      ownReads: () => undefined,
      finishLeaving: async (device) => this.change((map) => finishLeaving(map, device)),
    })
  }

  async improveReplicas(): Promise<'idle'> {
    return 'idle'
  }

  async snapshotIfDue(): Promise<boolean> {
    return false
  }

  get all(): StoreWork {
    return this.#work as StoreWork
  }

  get mender(): Mend {
    return this.all.mend
  }

  get census(): CensusTaker {
    return this.all.census
  }

  get figures(): MoveFigures {
    return this.all.figures
  }

  get moves(): MoveLog {
    return this.all.moves
  }

  override async restart(): Promise<void> {
    await super.restart()
    this.beginWork()
  }

  /** @returns how many steps found something to do */
  async work(worker: Worker): Promise<number> {
    for (let steps = 0; ; steps += 1) {
      if ((await this.finish(worker.step(this.abort.signal))) === 'idle') return steps
      assert.ok(steps < 50, `${worker.name} does not come to an end`)
    }
  }

  worker(name: string): Worker {
    const worker = this.all.workers.find((candidate) => candidate.name === name)
    assert.ok(worker, name)
    return worker
  }

  /** Everything is mended that can be, and counted. */
  async mend(): Promise<void> {
    await this.work(this.mender)
    this.mender.start()
    await this.work(this.mender)
  }

  /** All workers do what there is to do, until none of them finds anything. */
  async workAll(): Promise<void> {
    for (let rounds = 0; rounds < 20; rounds += 1) {
      let steps = 0
      for (const worker of this.all.workers) steps += await this.work(worker)
      if (steps === 0) return
      this.clock.advance(1_000)
    }
    assert.fail('background work does not come to an end')
  }

  /** Every chunk is on a device of its set. */
  requireSettled(): void {
    const placement = this.maps.current
    for (const [id, row] of this.rows()) {
      const pool = placement.pool(row.pool)
      assert.equal(placement.targetPool(pool, row.lengthBytes).id, pool.id, `${id} is in the pool that it belongs in`)
      const set = placement.setOf(pool, Buffer.from(id, 'hex'))
      assert.equal(row.chunks.length, pool.k + pool.m)
      for (const { kind, chunk } of chunkFates(row, set, placement))
        assert.equal(kind, 'fine', `chunk ${chunk} of ${id}`)
    }
    assert.deepEqual([...this.index.scan('degraded', { from: Buffer.alloc(0) })], [])
  }

  /** On drives that are up there is what rows name, and nothing else. */
  requireNoLeftOvers(what: string): void {
    const named = new Map<number, Set<string>>()
    for (const [id, { chunks }] of this.rows()) {
      for (const chunk of chunks.keys()) {
        const location = chunks[chunk]
        if (location === undefined || location.kind === 'missing') continue
        const paths = named.get(location.device) ?? new Set()
        named.set(location.device, paths.add(this.pathOf(Buffer.from(id, 'hex'), chunk)))
      }
    }
    for (const { id, isUp } of this.maps.current.map.devices) {
      if (!isUp) continue
      assert.deepEqual(this.files(id, 'tmp'), [], what)
      const files = [...this.files(id, 'chunks')]
      assert.deepEqual(
        files.filter((path) => !named.get(id)?.has(path)),
        [],
        `${what}: drive ${id} has nothing that no row names`,
      )
    }
  }
}
