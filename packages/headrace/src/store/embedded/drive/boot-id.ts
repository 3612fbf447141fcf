import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Names the run of the operating system: while it is the same, what a killed process has written is still there, synced
 * or not. Undefined when it cannot be found out; then nothing unsynced is trusted.
 */
export function bootId(): string | undefined {
  try {
    if (process.platform === 'linux') return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    if (process.platform === 'darwin') return execFileSync('sysctl', ['-n', 'kern.bootsessionuuid']).toString().trim()
  } catch {
    // Not known: see above.
  }
  return undefined
}
