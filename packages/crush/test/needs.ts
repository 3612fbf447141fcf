import { spawnSync } from 'node:child_process'
import type { TestOptions } from 'node:test'

/**
 * Test options that skip a test where a program is missing, saying what to install. With CI=true a missing program is a
 * failure instead, so that nothing is left out unseen.
 */
export function needs(...programs: readonly string[]): TestOptions {
  const missing = programs.filter(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error !== undefined,
  )
  if (missing.length === 0 || process.env.CI === 'true') return {}
  return { skip: `needs ${missing.join(', ')}: install Ceph's tools (Debian: ceph-base, ceph-mon)` }
}
