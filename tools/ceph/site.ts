import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { runCeph } from './commands.ts'
import { Daemons } from './daemons.ts'
import type { CephSettings } from './settings.ts'

/** The folder of a cluster and what is needed to work in it. */
export interface Site {
  readonly folder: string
  /** Path of its ceph.conf. */
  readonly conf: string
  readonly settings: CephSettings
  readonly daemons: Daemons
  /** Daemons end with this process, however it ends. */
  readonly isBound: boolean
  /** Ends programs that are waited for. */
  readonly signal?: AbortSignal | undefined
  /** Runs one command of the ceph program. Returns what it prints. */
  ceph(...args: readonly string[]): Promise<string>
}

export function openSite(folder: string, settings: CephSettings, options: Pick<Site, 'isBound' | 'signal'>): Site {
  const conf = join(folder, 'ceph.conf')
  const ceph = (...args: readonly string[]) => runCeph(conf, args, options.signal)
  return { folder, conf, settings, daemons: new Daemons(folder), ...options, ceph }
}

/** Ends every daemon and removes the folder. Nothing is left. */
export async function tearDown({ folder, daemons }: Site): Promise<void> {
  await daemons.end(daemons.names())
  remove(folder)
}

/** The same when this process ends and nobody has torn it down before, such as in a test that fails early. */
export function tearDownAtExit({ folder, daemons }: Site): void {
  process.once('exit', () => {
    for (const name of daemons.names()) daemons.signal(name, 'SIGKILL')
    remove(folder)
  })
}

/** A program that was ended a moment ago may still be writing. */
function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
