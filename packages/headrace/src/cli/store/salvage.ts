import type { Command } from 'commander'
import type { SalvagePage } from '../../admin/store-reports.ts'
import { type StoreOptions, withStore } from './connect.ts'
import { formatBytes } from './format.ts'
import { subcommand } from './subcommand.ts'
import { right, table } from './table.ts'
import type { Terminal } from './terminal.ts'

const pageChunks = 1_000

export function salvageCommand(terminal: Terminal): Command {
  return subcommand('salvage', 'List chunks that no object uses, from their own headers. Nothing is changed.').action(
    (options: StoreOptions) =>
      withStore(terminal, options, async ({ store, terminal: { print }, isJson }) => {
        let after: string | null = null
        let count = 0
        do {
          const page: SalvagePage = await store.salvage({ after, limit: pageChunks })
          count += page.chunks.length
          // One JSON document a line: nobody knows how many there are.
          if (isJson) for (const chunk of page.chunks) print(JSON.stringify(chunk))
          else if (page.chunks.length > 0) print(showChunks(page.chunks))
          after = page.next
        } while (after !== null)
        if (!isJson && count === 0) print('Every chunk belongs to an object, or is on its way to the trash.')
      }),
  )
}

function showChunks(chunks: SalvagePage['chunks']): string {
  const rows = chunks.map(({ bucket, key, chunk, k, m, lengthBytes, dataId, drive, file, offsetBytes, isReadable }) => [
    `${bucket}/${key}`,
    `${chunk} of ${k}+${m}`,
    formatBytes(lengthBytes),
    dataId,
    String(drive),
    isReadable ? 'whole' : 'damaged',
    `${file}${offsetBytes === null ? '' : ` at ${offsetBytes}`}`,
  ])
  return table(['ONCE WAS', 'CHUNK', right('OF DATA'), 'DATA', right('DRIVE'), 'STATE', 'FILE'], rows)
}
