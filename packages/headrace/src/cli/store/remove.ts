import type { Command } from 'commander'
import { goesOn } from './add.ts'
import { driveNumber } from './arguments.ts'
import { type StoreOptions, type StoreTool, withStore } from './connect.ts'
import { showPrediction } from './show-prediction.ts'
import { showMove } from './show-status.ts'
import { subcommand, workSubcommand } from './subcommand.ts'
import type { Terminal } from './terminal.ts'
import { showFinished, waitForWork } from './wait.ts'

interface RemoveOptions extends StoreOptions {
  readonly yes?: boolean
  readonly force?: boolean
  readonly cancel?: boolean
  readonly wait?: boolean
}

export function removeCommand(terminal: Terminal): Command {
  return workSubcommand('remove', 'Take a drive away: its chunks move to the others, then it can be pulled.')
    .argument('<drive>', 'number of the drive', driveNumber)
    .option('-y, --yes', 'do not ask')
    .option('--force', 'forget at once a drive that is down and will not come back')
    .option('--cancel', 'let a drive that is leaving stay')
    .action((drive: number, options: RemoveOptions) =>
      withStore(terminal, options, (tool) =>
        options.cancel ? cancel(tool, drive, options) : remove(tool, drive, options),
      ),
    )
}

export function planRemoveCommand(terminal: Terminal): Command {
  return subcommand('plan-remove', 'Predict what taking a drive away would move. Nothing is changed.')
    .argument('<drive>', 'number of the drive', driveNumber)
    .action((drive: number, options: StoreOptions) =>
      withStore(terminal, options, async ({ store, show }) => {
        const prediction = await store.planRemove({ drive })
        show(prediction, () => `If drive ${drive} went:\n\n${showPrediction(prediction)}`)
      }),
    )
}

async function remove(tool: StoreTool, drive: number, options: RemoveOptions): Promise<void> {
  const { store, terminal, isJson } = tool
  const { force = false, yes = false } = options
  if (!isJson) {
    const prediction = await store.planRemove({ drive })
    terminal.print(`Taking drive ${drive} away:\n\n${showPrediction(prediction)}\n`)
  }
  if (!yes && !(await isConfirmed(terminal, drive, force))) throw new Error(`Drive ${drive} stays.`)
  const reply = await store.removeDrive({ drive, force })
  if (!options.wait) return tool.show(reply, () => `Drive ${drive} is leaving. ${goesOn(reply.work !== null)}`)
  const finished = await waitForWork(tool, reply.work)
  const { lastMove } = finished.status
  tool.show(
    { ...reply, ...finished },
    () => `${showFinished(finished)}${lastMove === null ? '' : `\n${showMove(lastMove)}`}`,
  )
}

/** A script is not asked: what leaves is copied first, and can be called back. What is forgotten cannot. */
async function isConfirmed(terminal: Terminal, drive: number, force: boolean): Promise<boolean> {
  if (!terminal.isInteractive) {
    if (force) throw new Error('--force forgets what is on the drive. Say --yes too, or run it at a terminal.')
    return true
  }
  const what = force ? `Forget drive ${drive} and what is on it` : `Take drive ${drive} away`
  return /^y(es)?$/i.test((await terminal.ask(`${what}? [y/N] `)).trim())
}

async function cancel(tool: StoreTool, drive: number, { wait }: RemoveOptions): Promise<void> {
  const reply = await tool.store.cancelRemove({ drive })
  if (!wait) return tool.show(reply, () => `Drive ${drive} stays. ${goesOn(reply.work !== null)}`)
  const finished = await waitForWork(tool, reply.work)
  tool.show({ ...reply, ...finished }, () => showFinished(finished))
}
