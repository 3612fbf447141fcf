import { createHash } from 'node:crypto'
import { S3Error } from '@headrace/s3'
import type { RequestContext } from '../src/core/context.ts'
import { silentEvents } from '../src/core/events.ts'
import type { Runtime } from '../src/core/runtime.ts'
import type { ObjectStore } from '../src/core/store.ts'
import { openWholeStore } from '../src/store/embedded/open-embedded.ts'
import { storeWorkers } from '../src/work/store-workers.ts'
import { runWorkers } from '../src/work/worker.ts'
import { actions, context } from '../test/conformance/harness.ts'
import { Auditor, type Content, contentOf } from './auditor.ts'
import { SimClock } from './sim-clock.ts'
import { PowerCutError, SimDrive } from './sim-drive.ts'
import { simPlace } from './sim-place.ts'
import { SimRandom } from './sim-random.ts'

export interface SimulationOptions {
  readonly seed: number
  /** Operations that are begun in all. */
  readonly steps: number
}

export interface SimulationResult {
  readonly acknowledged: number
  readonly reads: number
  readonly powerCuts: number
  readonly driveCalls: number
  /** Names everything that happened: equal for equal seeds. */
  readonly trace: string
}

/** Which faults a run has; the seed decides, so that each class of them also meets runs without the others. */
interface Swarm {
  readonly powerCuts: boolean
  readonly noSpace: boolean
  readonly actors: number
  readonly keys: number
}

const bucket = 'sim'
const sizes = [0, 10, 3_000, 16_384, 16_385, 100_000, 1_048_577]

/**
 * The real store on a simulated clock, drive and chance: actors write, copy, compose, delete and read, the power is cut
 * in the middle of drive calls, and an auditor checks every read.
 */
export async function simulate({ seed, steps }: SimulationOptions): Promise<SimulationResult> {
  const simulation = new Simulation(seed)
  try {
    return await simulation.run(steps)
  } catch (error) {
    throw new Error(`seed ${seed} fails: run \`npm run sim -- --seed ${seed} --steps ${steps}\``, { cause: error })
  }
}

class Simulation {
  readonly #random: SimRandom
  readonly #clock = new SimClock()
  readonly #auditor = new Auditor()
  readonly #drive: SimDrive
  readonly #runtime: Runtime
  readonly #swarm: Swarm
  readonly #ctx: RequestContext = context()
  readonly #results = createHash('sha256')
  #store: ObjectStore | undefined
  #stepsLeft = 0
  #powerCuts = 0
  #contents = 0

  constructor(seed: number) {
    const chance = new SimRandom(seed)
    this.#random = new SimRandom(chance.below(2 ** 32))
    this.#drive = new SimDrive(this.#clock, new SimRandom(chance.below(2 ** 32)))
    this.#runtime = { clock: this.#clock, random: new SimRandom(chance.below(2 ** 32)), events: silentEvents }
    this.#swarm = {
      powerCuts: chance.chance(0.8),
      noSpace: chance.chance(0.3),
      actors: 1 + chance.below(6),
      keys: 1 + chance.below(5),
    }
  }

  async run(steps: number): Promise<SimulationResult> {
    this.#stepsLeft = steps
    while (this.#stepsLeft > 0) {
      // Opening takes more calls with every life that has left a journal behind.
      if (this.#swarm.powerCuts) this.#drive.cutAfter(1 + this.#random.below(150 + 10 * this.#powerCuts))
      await this.#runUntilCut()
    }
    this.#drive.cutAfter(Number.POSITIVE_INFINITY)
    this.#drive.faults.noSpaceChance = 0
    await this.#finish(this.#finalCheck())
    return {
      acknowledged: this.#auditor.acknowledged,
      reads: this.#auditor.reads,
      powerCuts: this.#powerCuts,
      driveCalls: this.#drive.calls,
      trace: createHash('sha256').update(this.#drive.trace).update(this.#results.copy().digest()).digest('hex'),
    }
  }

  /** One life of the machine: the store opens, actors work, and perhaps the power goes. */
  async #runUntilCut(): Promise<void> {
    const life = this.#live().catch((error) => {
      if (!isPowerCut(error)) throw error
    })
    await this.#finish(life, () => this.#drive.isCut)
    if (!this.#drive.isCut) return
    this.#powerCuts += 1
    this.#auditor.powerCut()
    // Calls that were under way fail now, in a process that nobody hears any more.
    this.#drive.powerUp()
    await this.#drain()
    this.#clock.forgetTimers()
    await this.#drain()
    this.#store = undefined
  }

  async #live(): Promise<void> {
    const close = await this.#open()
    const actors = Array.from({ length: this.#swarm.actors }, () => this.#act())
    await Promise.all(actors)
    await close()
  }

  /** @returns closes the store in order */
  async #open(): Promise<() => Promise<void>> {
    this.#drive.faults.noSpaceChance = 0
    const failed = () => {}
    const opened = await openWholeStore({
      place: await simPlace([this.#drive], this.#runtime),
      runtime: this.#runtime,
      failed,
      reserve: { reserveBytes: 0, reserveShare: 0 },
    })
    this.#store = opened.store
    await this.#store.createBucket({ bucket, location: '' }, this.#ctx)
    const workers = storeWorkers(opened.keeperStore, () => opened.oldestSeq()).filter(
      ({ name }) => name !== 'take-snapshots',
    )
    const running = runWorkers(
      workers.map((worker) => ({ ...worker, idleMs: 20 + this.#random.below(50) })),
      this.#runtime,
    )
    return async () => {
      this.#drive.faults.noSpaceChance = 0
      await running.stop()
      await opened.close()
    }
  }

  async #act(): Promise<void> {
    while (this.#stepsLeft > 0 && !this.#drive.isCut) {
      this.#stepsLeft -= 1
      this.#drive.faults.noSpaceChance = this.#swarm.noSpace && this.#random.chance(0.2) ? 0.2 : 0
      const key = `k${this.#random.below(this.#swarm.keys)}`
      const roll = this.#random.next()
      if (roll < 0.35) await this.#put(key)
      else if (roll < 0.5) await this.#compose(key)
      else if (roll < 0.6) await this.#copy(key)
      else if (roll < 0.7) await this.#delete(key)
      else await this.#read(key)
    }
  }

  #bytes(): Buffer {
    this.#contents += 1
    const sizeBytes = this.#random.pick(sizes)
    return Buffer.alloc(sizeBytes, createHash('sha512').update(String(this.#contents)).digest())
  }

  async #write(key: string, content: Content, send: (store: ObjectStore) => Promise<unknown>): Promise<void> {
    const write = this.#auditor.begin(key, content)
    try {
      await send(this.#store as ObjectStore)
      this.#auditor.acknowledge(write)
      this.#note(`${key} ${content}`)
    } catch (error) {
      if (isPowerCut(error)) throw error
      if (!(error instanceof S3Error)) throw error
      // Only what is answered with another code than these is known not to have happened.
      if (error.code !== 'ServiceUnavailable' && error.code !== 'InternalError') this.#auditor.refuse(write)
      this.#note(`${key} ${error.code}`)
    }
  }

  async #put(key: string): Promise<void> {
    const bytes = this.#bytes()
    const conditions = this.#random.chance(0.1) ? { ifNoneMatch: '*' as const } : undefined
    await this.#write(key, contentOf(bytes), (store) =>
      actions(store, this.#ctx).put(bucket, key, bytes, { conditions }),
    )
  }

  async #compose(key: string): Promise<void> {
    const bytes = this.#bytes()
    await this.#write(key, contentOf(bytes), async (store) => {
      const { upload, part } = actions(store, this.#ctx)
      const uploadId = await upload(bucket, key)
      if (this.#random.chance(0.3)) await part(bucket, key, uploadId, 1, this.#bytes())
      const parts = [await part(bucket, key, uploadId, 1, bytes)]
      await store.completeMultipartUpload({ bucket, key, uploadId, parts }, this.#ctx)
    })
  }

  /** A copy of what is there now; its source is read first, so that the content is known. */
  async #copy(key: string): Promise<void> {
    const from = `k${this.#random.below(this.#swarm.keys)}`
    const source = await this.#fetch(from)
    if (source === undefined || from === key) return
    const conditions = { ifMatch: [source.etag] }
    await this.#write(key, source.content, (store) =>
      store.copyObject({ bucket, key, source: { bucket, key: from, conditions } }, this.#ctx),
    )
  }

  async #delete(key: string): Promise<void> {
    await this.#write(key, undefined, (store) => store.deleteObject({ bucket, key }, this.#ctx))
  }

  async #read(key: string): Promise<void> {
    const check = this.#auditor.beginRead(key)
    const found = await this.#fetch(key)
    check(found?.content)
    this.#note(`${key} read ${found?.content}`)
  }

  async #fetch(key: string): Promise<{ content: string; etag: string } | undefined> {
    const store = this.#store as ObjectStore
    try {
      const { info } = await store.headObject({ bucket, key }, this.#ctx)
      const bytes = await actions(store, this.#ctx).get(bucket, key, { conditions: { ifMatch: [info.etag] } })
      return { content: contentOf(bytes), etag: info.etag }
    } catch (error) {
      if (error instanceof S3Error && error.code === 'NoSuchKey') return undefined
      // Replaced between HEAD and GET: looked at again.
      if (error instanceof S3Error && error.code === 'PreconditionFailed') return await this.#fetch(key)
      throw error
    }
  }

  /** With all faults over, every key holds what it may hold, and nothing is left over on the drive. */
  async #finalCheck(): Promise<void> {
    const close = await this.#open()
    for (const key of this.#auditor.keys()) await this.#read(key)
    const listed = await actions(this.#store as ObjectStore, this.#ctx).list(bucket)
    for (const key of this.#auditor.keys()) {
      const check = this.#auditor.beginRead(key)
      const found = await this.#fetch(key)
      check(found?.content)
      if (listed.includes(key) !== (found !== undefined))
        throw new Error(`the listing and the object ${key} do not agree`)
    }
    await this.#clock.sleep(5_000)
    const left = [...this.#drive.files().keys()].filter((path) => path.startsWith('tmp/'))
    if (left.length > 0) throw new Error(`temporary files are left: ${left.join(', ')}`)
    await close()
  }

  #note(what: string): void {
    this.#results.update(`${what}\n`)
  }

  /** Lets time pass until the work is done, or until `stop` says so. */
  async #finish(work: Promise<void>, stop: () => boolean = () => false): Promise<void> {
    let outcome: { error?: unknown } | undefined
    work.then(
      () => {
        outcome = {}
      },
      (error) => {
        outcome = { error }
      },
    )
    for (;;) {
      await this.#drain()
      if (outcome !== undefined) break
      if (stop()) return
      if (!this.#clock.step()) throw new Error('everything waits for something that never comes')
    }
    if ('error' in outcome) throw outcome.error
  }

  /** Everything that can go on without time passing has gone on. */
  async #drain(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function isPowerCut(error: unknown): boolean {
  return error instanceof PowerCutError || (error instanceof Error && error.cause instanceof PowerCutError)
}
