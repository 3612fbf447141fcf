import { setTimeout as sleep } from 'node:timers/promises'
import { createStoreAdmin } from '../../src/admin/embedded/create-store-admin.ts'
import type { StoreParts } from '../../src/admin/embedded/store-parts.ts'
import type { StoreAdmin } from '../../src/admin/store-admin.ts'
import { DriveFaultCounts, driveFigures } from '../../src/store/embedded/drive/drive-figures.ts'
import type { Fault } from '../../src/store/embedded/drive/faulty-drive.ts'
import type { StoreMap } from '../../src/store/embedded/placement/store-map.ts'
import { MendScene } from './mend-scene.ts'
import { objectBytes } from './work-scene.ts'

/** A store on simulated drives with its operator's side, as after the start of a process. */
export class AdminScene extends MendScene {
  admin!: StoreAdmin
  allowsFaults = true
  readonly faults = new Map<number, Fault>()
  /** What the gateways were told last. */
  spread: readonly (readonly [number, Fault])[] = []
  readonly scrubs: unknown[] = []
  readonly reasons = new Map<number, string>()
  gatewayFigures: StoreParts['gatewayFigures'] = async () => []
  rebuild = async () => {}

  static override async begin(map: number | StoreMap, seed = 1): Promise<AdminScene> {
    const scene = new AdminScene(map, seed)
    const bucket = { name: 'bucket', ownerId: 'o', ownerName: 'o', location: '', acl: 'private' as const, createdMs: 0 }
    await scene.finish(scene.keeper.submit('createBucket', bucket))
    await scene.beginGateway()
    scene.beginWork()
    return scene
  }

  /** Writes so many objects of 20 to 450 kB. */
  async fill(count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      const size = number % 2 === 0 ? 20_000 + (number % 50) * 1_000 : 150_000 + ((number * 45_678) % 300_000)
      await this.put(`object ${number}`, objectBytes(size, `object ${number}`))
    }
  }

  override beginWork(): void {
    super.beginWork()
    const { mender, census } = this
    const setting = {
      all: this.faults,
      setFault: (device: number, fault: Fault | undefined) => {
        if (fault === undefined) this.faults.delete(device)
        else this.faults.set(device, fault)
      },
    }
    this.admin = createStoreAdmin({
      store: this,
      changeMap: async (edit) => {
        await this.clock.sleep(1)
        this.change(edit)
        return this.maps.current
      },
      places: [],
      reasonOf: (device) => this.reasons.get(device),
      ownFigures: () => driveFigures(this.drives, new DriveFaultCounts()),
      gatewayFigures: () => this.gatewayFigures(),
      faults: this.allowsFaults ? setting : undefined,
      spreadFaults: (faults) => {
        this.spread = faults
      },
      workers: () => [mender.status(), census.status()],
      ...{ mend: mender, moves: this.moves, census },
      scrub: { start: (options) => this.scrubs.push(options) },
      rebuildIndex: () => this.rebuild(),
      salvage: () => Promise.reject(new Error('of others')),
      version: '1.2.3',
    })
  }

  /** Asks, and lets simulated time pass until there is an answer. Folders of this machine take time of their own. */
  async ask<N extends keyof StoreAdmin>(
    operation: N,
    input: Parameters<StoreAdmin[N]>[0] = {} as Parameters<StoreAdmin[N]>[0],
  ): Promise<Awaited<ReturnType<StoreAdmin[N]>>> {
    const answer = (this.admin[operation] as (input: unknown) => Promise<Awaited<ReturnType<StoreAdmin[N]>>>)(input)
    let isOver = false
    const end = () => {
      isOver = true
    }
    answer.then(end, end)
    while (!isOver) {
      await sleep(0)
      this.clock.advance(1)
    }
    return await answer
  }
}
