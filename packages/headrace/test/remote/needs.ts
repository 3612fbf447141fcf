import type { TestOptions } from 'node:test'
import { lackOfPrograms } from '../../../../tools/ceph/programs.ts'

/**
 * Test options that skip a test where Ceph is missing, saying what to install. With CI=true that is a failure instead, so
 * that nothing is left out unseen.
 */
export function needsCeph(): TestOptions {
  const lack = lackOfPrograms()
  return lack === undefined || process.env.CI === 'true' ? {} : { skip: lack }
}
