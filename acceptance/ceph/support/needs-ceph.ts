import type { TestOptions } from 'node:test'
import { lackOfPrograms } from '../../../tools/ceph/programs.ts'

/** A cluster is up in a quarter of a minute; a busy machine is given time. */
const timeout = 240_000

/**
 * Options of tests that need a cluster: they are skipped where one of its programs is missing, and say what to install.
 * With CI=true that is a failure.
 */
export function needsCeph(): TestOptions {
  const lack = lackOfPrograms()
  if (lack === undefined) return { timeout }
  if (process.env.CI === 'true') throw new Error(lack)
  return { skip: lack }
}
