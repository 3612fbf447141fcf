import { type SpawnOptions, spawn } from 'node:child_process'

export interface ProgramOptions {
  /** Added to the environment of this process, from which whatever configures S3 clients is left out. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** What the program reads on standard input. */
  readonly input?: string | Uint8Array
  /** The program is killed after this long, in milliseconds. */
  readonly timeoutMs?: number
}

export interface Outcome {
  /** Null when a signal ended the program. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Nothing that a test runs takes longer on a busy machine. */
const defaultTimeoutMs = 180_000

/** Runs a program to its end, however it ends. */
export function attempt(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<Outcome> {
  const settings: SpawnOptions = {
    cwd: options.cwd,
    env: { ...neutralEnvironment(), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? defaultTimeoutMs,
    killSignal: 'SIGKILL',
  }
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, settings)
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
    // A program that ends before it has read everything says why in its exit code.
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input)
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    )
  })
}

/** Whoever runs the tests has clients of their own, and their endpoints, keys and proxies mean nothing here. */
function neutralEnvironment(): NodeJS.ProcessEnv {
  const configures = /^(AWS|RCLONE|RESTIC|S3)_|^(http|https|all)_proxy$/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !configures.test(name)))
}

/**
 * Runs a program that must succeed.
 * @returns what it wrote to standard output
 * @throws Error with the command line and everything it wrote
 */
export async function run(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await attempt(command, args, options)
  if (code === 0) return stdout
  const end = code === null ? 'was killed (too slow?)' : `ended with code ${code}`
  throw new Error(`${command} ${args.join(' ')}\n${end}:\n${stdout}${stderr}`)
}
