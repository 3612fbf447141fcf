import { spawnSync } from 'node:child_process'
import type { TestOptions } from 'node:test'

/**
 * Test options that skip a test where a program is missing, saying what to install. With CI=true the test runs all the
 * same and fails, so that nothing is left out unseen.
 */
export function needs(program: string, debianPackage: string): TestOptions {
  const isMissing = spawnSync(program, ['--help'], { stdio: 'ignore' }).error !== undefined
  if (!isMissing || process.env.CI === 'true') return {}
  return { skip: `needs ${program}: apt-get install ${debianPackage}` }
}
