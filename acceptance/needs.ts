import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestOptions } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Where the clients are that tests run. Two of them exist twice, so paths are used, not names. */
export const programs = {
  /** Debian's version 2. */
  aws2: '/usr/bin/aws',
  /** Version 1, current. */
  aws1: `${root}.venv/bin/aws`,
  /** Python with boto3, current. */
  python: `${root}.venv/bin/python`,
  rclone: 'rclone',
  s3cmd: 's3cmd',
  restic: 'restic',
  s3fs: 's3fs',
  openssl: 'openssl',
  curl: 'curl',
} as const

export type Program = keyof typeof programs

/** What a machine has or lacks, whatever is installed. */
const abilities = {
  fuse: { has: () => canUse('/dev/fuse'), lack: 'a machine with FUSE (/dev/fuse)' },
  root: { has: () => process.getuid?.() === 0, lack: 'to be root, for a file system of its own' },
  /** A server that the tests start, and may kill. */
  ownServer: {
    has: () => process.env.HEADRACE_ACCEPTANCE_ENDPOINT === undefined,
    lack: 'a server of its own, and HEADRACE_ACCEPTANCE_ENDPOINT names another',
  },
} as const

export type Ability = keyof typeof abilities

/**
 * Options of a test that cannot do without some programs or abilities: it is skipped where one is missing, and says
 * what to install. With CI=true a missing program is a failure, so that nothing is left out unseen.
 */
export function needs(...wanted: readonly (Program | Ability)[]): TestOptions {
  const lacks = wanted.flatMap((name) => (name in abilities && !abilities[name as Ability].has() ? [name] : []))
  if (lacks.length > 0) return { skip: `needs ${lacks.map((name) => abilities[name as Ability].lack).join('; ')}` }
  const missing = wanted.filter((name) => name in programs && !isInstalled(programs[name as Program]))
  if (missing.length === 0) return {}
  const reason = `needs ${missing.map((name) => programs[name as Program]).join(', ')}: run tools/setup-system`
  if (process.env.CI === 'true') throw new Error(reason)
  return { skip: reason }
}

function isInstalled(program: string): boolean {
  if (program.includes('/')) return existsSync(program)
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)))
}

function canUse(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}
