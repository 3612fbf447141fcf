import type { TestContext } from 'node:test'
import { run } from './program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Mounts a file system in memory, as only root may, and returns its folder; it goes with the test. */
export async function mountTmpfs(t: TestContext, ...options: readonly string[]): Promise<string> {
  const folder = temporaryFolder()
  await run('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', folder])
  t.after(() => run('umount', ['--lazy', folder]))
  return folder
}
