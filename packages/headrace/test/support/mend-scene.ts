import assert from 'node:assert/strict'
import { chunkFates } from '../../src/store/embedded/placement/belongs.ts'
import type { StoreMap } from '../../src/store/embedded/placement/store-map.ts'
import { BackgroundFiles } from '../../src/work/background-files.ts'
import { BackgroundWriter } from '../../src/work/background-writer.ts'
import { CensusTaker } from '../../src/work/census/census-taker.ts'
import { MemoryQueue } from '../../src/work/memory-queue.ts'
import { DriveSpace } from '../../src/work/mend/drive-space.ts'
import { Mend } from '../../src/work/mend/mend.ts'
import { MoveFigures } from '../../src/work/mend/move-figures.ts'
import { MoveLog } from '../../src/work/mend/move-log.ts'
import { Pacer } from '../../src/work/pacer.ts'
import type { Worker } from '../../src/work/worker.ts'
import { WorkScene } from './work-scene.ts'

/** A store with what mends it, as after the start of a process. */
export class MendScene extends WorkScene {
  census!: CensusTaker
  figures!: MoveFigures
  moves!: MoveLog
  writer!: BackgroundWriter
  mender!: Mend
  readonly abort = new AbortController()

  static override async begin(map: number | StoreMap, seed = 1): Promise<MendScene> {
    const scene = new MendScene(map, seed)
    const bucket = { name: 'bucket', ownerId: 'o', ownerName: 'o', location: '', acl: 'private' as const, createdMs: 0 }
    await scene.finish(scene.keeper.submit('createBucket', bucket))
    await scene.beginGateway()
    scene.beginWork()
    return scene
  }

  beginWork(): void {
    const { clock, spans } = this
    const files = new BackgroundFiles(this.drives, clock)
    const pacer = new Pacer({ clock, load: () => this.load })
    const memory = new MemoryQueue(64 * 1024 * 1024)
    this.figures = new MoveFigures()
    this.moves = new MoveLog(this, this.figures)
    this.census = new CensusTaker({ store: this, files, spans, pacer })
    this.writer = new BackgroundWriter(this)
    const space = new DriveSpace(this)
    const tools = { store: this, files, writer: this.writer, spans, memory, pacer, figures: this.figures, space }
    this.mender = new Mend({ tools, census: this.census, moves: this.moves })
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

  /** Everything is mended that can be, and counted. */
  async mend(): Promise<void> {
    await this.work(this.mender)
    this.mender.start()
    await this.work(this.mender)
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
}
