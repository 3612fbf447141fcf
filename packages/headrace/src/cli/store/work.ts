import type { Command } from 'commander'
import type { StartedWork, StoreAdmin } from '../../admin/store-admin.ts'
import { goesOn } from './add.ts'
import { driveNumber } from './arguments.ts'
import { type StoreOptions, type StoreTool, withStore } from './connect.ts'
import { showCensus } from './show-census.ts'
import { workSubcommand } from './subcommand.ts'
import type { Terminal } from './terminal.ts'
import { showFinished, waitForWork } from './wait.ts'

interface WorkOptions extends StoreOptions {
  readonly wait?: boolean
}

interface ScrubOptions extends WorkOptions {
  readonly deep?: boolean
  readonly drive?: number
}

export function scrubCommand(terminal: Terminal): Command {
  return workSubcommand('scrub', 'Verify that every chunk is there; with --deep, all its checksums too.')
    .option('--deep', 'read everything')
    .option('--drive <number>', 'one drive only', driveNumber)
    .action((options: ScrubOptions) =>
      beginWork(terminal, options, 'The scrub has begun.', (store) =>
        store.startScrub({ deep: options.deep ?? false, drive: options.drive ?? null }),
      ),
    )
}

export function healCommand(terminal: Terminal): Command {
  return workSubcommand('heal', 'Restore lost redundancy now, the most degraded data first; a census ends it.').action(
    (options: WorkOptions) => beginWork(terminal, options, 'The heal has begun.', (store) => store.startHeal({})),
  )
}

export function rebuildIndexCommand(terminal: Terminal): Command {
  return workSubcommand(
    'rebuild-index',
    'Make the indexes anew from the newest snapshot and the journal since.',
  ).action((options: WorkOptions) =>
    beginWork(terminal, options, 'The indexes are being made anew.', (store) => store.rebuildIndex({})),
  )
}

interface CensusOptions extends WorkOptions {
  readonly last?: boolean
}

export function censusCommand(terminal: Terminal): Command {
  return workSubcommand('census', 'Count every stripe by how many of its chunks can be read.')
    .option('--last', 'show the last one, and begin none')
    .action((options: CensusOptions) =>
      options.last || options.wait
        ? withStore(terminal, options, (tool) => takeCensus(tool, options.last ?? false))
        : beginWork(terminal, options, 'The census has begun; `headrace store census --last` will show it.', (store) =>
            store.startCensus({}),
          ),
    )
}

async function takeCensus(tool: StoreTool, isLast: boolean): Promise<void> {
  const finished = isLast ? undefined : await waitForWork(tool, (await tool.store.startCensus({})).work)
  const { census } = await tool.store.census({})
  tool.show({ ...finished, census }, () => {
    if (finished?.worker?.state === 'failed') return showFinished(finished)
    return census === null ? 'There was no census yet. `headrace store census --wait` takes one.' : showCensus(census)
  })
}

async function beginWork(
  terminal: Terminal,
  options: WorkOptions,
  begun: string,
  start: (store: StoreAdmin) => Promise<{ work: StartedWork }>,
): Promise<void> {
  await withStore(terminal, options, async (tool) => {
    const reply = await start(tool.store)
    if (!options.wait) return tool.show(reply, () => `${begun} ${goesOn(true)}`)
    const finished = await waitForWork(tool, reply.work)
    tool.show({ ...reply, ...finished }, () => showFinished(finished))
  })
}
