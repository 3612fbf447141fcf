import { isAbsolute, resolve } from 'node:path'
import type { Command } from 'commander'
import type { NewDrive } from '../../admin/store-admin.ts'
import { type StoreOptions, type StoreTool, withStore } from './connect.ts'
import { counted } from './format.ts'
import { showPrediction } from './show-prediction.ts'
import { showMove } from './show-status.ts'
import { subcommand, workSubcommand } from './subcommand.ts'
import type { Terminal } from './terminal.ts'
import { showFinished, waitForWork } from './wait.ts'

interface AddOptions extends StoreOptions {
  readonly host?: string
  readonly rack?: string
  readonly class: string
  readonly wait?: boolean
}

export function addCommand(terminal: Terminal): Command {
  const command = workSubcommand('add', 'Add drives. New data uses them at once, old data moves in the background.')
  return describeDrives(command).action((folders: string[], options: AddOptions) =>
    withStore(terminal, options, async (tool) => {
      const reply = await tool.store.addDrives({ drives: newDrives(tool, folders, options) })
      const added = reply.added.map(({ id, path }) => `Drive ${id} is ${path}.`).join('\n')
      if (options.wait) {
        if (!tool.isJson) tool.terminal.print(`${added}\n\n${showPrediction(reply.prediction)}\n`)
        const finished = await waitForWork(tool, reply.work)
        const { lastMove } = finished.status
        const moved = lastMove === null ? '' : `\n${showMove(lastMove)}`
        return tool.show({ ...reply, ...finished }, () => `${showFinished(finished)}${moved}`)
      }
      tool.show(reply, () => `${added}\n\n${showPrediction(reply.prediction)}\n\n${goesOn(reply.work !== null)}`)
    }),
  )
}

export function planAddCommand(terminal: Terminal): Command {
  const command = subcommand('plan-add', 'Predict what adding drives would move. Nothing is changed.')
  return describeDrives(command).action((folders: string[], options: AddOptions) =>
    withStore(terminal, options, async (tool) => {
      const drives = newDrives(tool, folders, options)
      const prediction = await tool.store.planAdd({ drives })
      tool.show(prediction, () => `If ${counted(drives.length, 'drive')} came:\n\n${showPrediction(prediction)}`)
    }),
  )
}

/** What to do about work that was begun and not waited for. */
export function goesOn(hasWork: boolean): string {
  return hasWork
    ? 'The work goes on in the background; `headrace store status` shows how far it is.'
    : 'There is nothing to move.'
}

function describeDrives(command: Command): Command {
  return command
    .argument('<folder...>', 'folders, each empty and on a drive of its own')
    .option('--host <name>', 'host that the drives are in (default: this machine)')
    .option('--rack <name>', 'rack that the host is in')
    .option('--class <name>', 'device class, such as hot or cold', 'hot')
}

function newDrives({ isLocal }: StoreTool, folders: readonly string[], options: AddOptions): NewDrive[] {
  return folders.map((folder) => {
    if (!isLocal && !isAbsolute(folder)) {
      throw new Error(`With --endpoint, folders are those of the server's machine, from its root: /…, not ${folder}`)
    }
    const { host = null, rack = null, class: deviceClass } = options
    return { path: resolve(folder), host, rack, deviceClass }
  })
}
