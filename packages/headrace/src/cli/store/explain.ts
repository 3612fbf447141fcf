import type { Command } from 'commander'
import { objectName } from './arguments.ts'
import { type StoreOptions, withStore } from './connect.ts'
import { showExplanation } from './show-explanation.ts'
import { subcommand } from './subcommand.ts'
import type { Terminal } from './terminal.ts'

interface ExplainOptions extends StoreOptions {
  readonly versionId?: string
}

export function explainCommand(terminal: Terminal): Command {
  return subcommand('explain', 'Show where each chunk of an object is, where it belongs, and why.')
    .argument('<bucket/key>', 'the object', objectName)
    .option('--version-id <id>', 'a version of it (default: the current one)')
    .action((object: { bucket: string; key: string }, options: ExplainOptions) =>
      withStore(terminal, options, async ({ store, show }) => {
        const explanation = await store.explain({ ...object, versionId: options.versionId ?? null })
        show(explanation, () => showExplanation(explanation))
      }),
    )
}
