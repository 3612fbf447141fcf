import { execFile } from 'node:child_process'

export interface RunOptions {
  /** Whoever waits no longer ends the program with it. */
  readonly signal?: AbortSignal | undefined
  /** The program is killed after this long, in milliseconds. */
  readonly timeoutMs?: number
  /** What the program reads on standard input. */
  readonly input?: string
}

/** No command to a small cluster takes longer, on a busy machine either. */
const defaultTimeoutMs = 60_000

/**
 * Runs a program to its end. Returns what it wrote to standard output.
 * @throws Error with the command line and what it wrote to standard error
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { signal, timeoutMs = defaultTimeoutMs, input = '' } = options
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const settings = { timeout: timeoutMs, maxBuffer: 1 << 28, killSignal: 'SIGKILL', env: environment() } as const
  const child = execFile(program, args, { ...settings, ...(signal && { signal }) }, (error, stdout, stderr) => {
    if (error === null) return resolve(stdout)
    const reason = error.killed ? `took longer than ${timeoutMs / 1000} s` : stderr.trim() || error.message
    reject(new Error(`${program} ${args.join(' ')}: ${reason}`, { cause: error }))
  })
  child.stdin?.on('error', () => {}) // a program that ends before it has read everything says why
  child.stdin?.end(input)
  return promise
}

/** Whoever starts a cluster may have one of their own, and its settings mean nothing here. */
export function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CEPH_')))
}
