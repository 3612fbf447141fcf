import { readFileSync } from 'node:fs'

/**
 * A process beyond doubt. Its id is given to another one day, but not with the same start in the same boot, so nothing
 * is ever signalled that was not meant.
 */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks from boot to its start: field 22 of /proc/PID/stat, proc(5). */
  readonly startTicks: number
  readonly bootId: string
}

export type ProcessState = 'running' | 'stopped' | 'ended'

/** The process that has this id now; undefined when there is none, or it has ended and its parent has yet to notice. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid)
  if (stat === undefined || stat.hasEnded) return undefined
  return { pid, startTicks: stat.startTicks, bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() }
}

/** `stopped`: by SIGSTOP, until SIGCONT. */
export function stateOf(identity: ProcessIdentity): ProcessState {
  const now = identify(identity.pid)
  if (now?.startTicks !== identity.startTicks || now.bootId !== identity.bootId) return 'ended'
  return readStat(identity.pid)?.letter === 'T' ? 'stopped' : 'running'
}

/** Sends a signal to this very process. Returns whether it was there to get it. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (stateOf(identity) === 'ended') return false
  try {
    return process.kill(identity.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

function readStat(pid: number): { letter: string; hasEnded: boolean; startTicks: number } | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The command in parentheses may hold anything; the fields after it begin with the third, the state.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const letter = fields[0] ?? ''
  return { letter, hasEnded: /[ZX]/.test(letter), startTicks: Number(fields[22 - 3]) }
}
