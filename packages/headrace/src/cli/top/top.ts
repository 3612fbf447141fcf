import type { Command } from 'commander'
import { orElse, type ServerTool, serverCommand, withServer } from '../server-command.ts'
import type { StoreOptions } from '../store/connect.ts'
import type { Terminal } from '../store/terminal.ts'
import { showTop } from './show-top.ts'
import { type Sample, topView } from './top-view.ts'

interface TopOptions extends StoreOptions {
  readonly once?: boolean
}

const intervalMs = 1_000
/** A server that is restarted is waited for. */
const patienceMs = 30_000

/** `headrace top` */
export function topCommand(terminal: Terminal): Command {
  return serverCommand('top', 'Watch requests, and the upstreams or drives that they are served from.')
    .option('--once', 'look for a second, print that, and end')
    .addHelpText('after', '\nCtrl-C ends it. With --json it prints a line a second.')
    .action((options: TopOptions) => withServer(terminal, options, (tool) => watch(tool, options.once === true)))
}

async function watch(tool: ServerTool, isOnce: boolean): Promise<void> {
  const { terminal, isJson, server, upstream, store } = tool
  const sample = async (): Promise<Sample> => {
    const figures = await server.figures({})
    const served = await orElse(
      async () => ({ upstreams: await upstream.status({}) }),
      () => store.drives({}),
    )
    return { figures, ...served }
  }
  let before = await sample()
  for (;;) {
    await terminal.clock.sleep(intervalMs)
    const after = isOnce ? await sample() : await patiently(tool, sample)
    const view = topView(before, after)
    if (isJson) terminal.print(JSON.stringify(view))
    else if (isOnce) terminal.print(showTop(view))
    else terminal.drawScreen(showTop(view))
    if (isOnce) return
    before = after
  }
}

async function patiently({ terminal }: ServerTool, sample: () => Promise<Sample>): Promise<Sample> {
  const { clock } = terminal
  const untilMs = clock.monotonic() + patienceMs
  for (;;) {
    try {
      return await sample()
    } catch (error) {
      if (clock.monotonic() >= untilMs) throw error
    }
    await clock.sleep(intervalMs)
  }
}
