import { readdirSync, readFileSync } from 'node:fs'

export type Role = 'keeper' | 'gateway' | 'control'

/** Process ids of a server's children, from /proc. */
export function childrenOf(pid: number, role?: Role): number[] {
  const children: number[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = readText(`/proc/${name}/stat`)
    // The command in parentheses may hold anything; the fields after it are the state and the parent's id.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
    if (parent !== pid) continue
    const words = readText(`/proc/${name}/cmdline`).split('\0').filter(Boolean)
    if (words.at(-2) === 'process' && (role === undefined || words.at(-1) === role)) children.push(Number(name))
  }
  return children.sort((a, b) => a - b)
}

export function isRunning(pid: number): boolean {
  return readText(`/proc/${pid}/stat`) !== ''
}

/** A process may end at any time. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Memory that a process has for itself alone, in bytes: no files that are mapped. 0 when it is gone. */
export function ownMemoryOf(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? 0) * 1024
}
