import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentEvents } from '../src/core/events.ts'
import { noLoad } from '../src/core/foreground-load.ts'
import { type Runtime, systemClock, systemRandom } from '../src/core/runtime.ts'
import { openWholeStore } from '../src/store/embedded/open-embedded.ts'
import { openLocalPlace } from '../src/store/embedded/open-local-place.ts'

export const runtime: Runtime = { clock: systemClock, random: systemRandom, events: silentEvents }

/** A gateway that nobody measures. */
export const quiet = { allowFaults: false, load: () => noLoad }

/** Tests do not depend on how full the machine is. */
export const noReserve = { reserveBytes: 0, reserveShare: 0 }

export async function openAt(...folders: [string, ...string[]]) {
  const failed = (error: unknown) => {
    throw error
  }
  const place = await openLocalPlace({ folders }, runtime)
  return await openWholeStore({ place, runtime, failed, reserve: noReserve })
}

/** What helpers need of a test: things to be done when it is over, in the order in which they were asked for. */
export interface Test {
  after(action: () => Promise<void>): void
}

/** A folder that goes away after the test. */
export async function temporaryFolder(t: Test): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'headrace-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  return root
}
