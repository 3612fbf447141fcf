import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new empty folder, which goes when this process does; HEADRACE_ACCEPTANCE_KEEP=1 leaves it for a look. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-acceptance-'))
  process.setMaxListeners(0)
  process.once('exit', () => {
    if (process.env.HEADRACE_ACCEPTANCE_KEEP === undefined) rmSync(folder, { recursive: true, force: true })
  })
  return folder
}
