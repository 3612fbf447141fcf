import { type ExecFileException, execFile } from 'node:child_process'
import type { RunCeph } from './source.ts'
import type { CephOptions } from './subcommand.ts'

/** For the connection, and for an answer: a placement group dump of a large cluster takes seconds. */
const connectTimeoutS = 10
const answerTimeoutMs = 120_000
/** A placement group takes 3 kB of a dump: room for a few hundred thousand. */
const answerBytesMax = 2 ** 30

/** What a client is told that sends its command before it has the monitors' map. */
const cameTooEarly = /wrong fsid|problem getting command descriptions/
const attempts = 5

/** Asks with the ceph program, as the client that the options name. */
export function runCeph({ conf, keyring, name }: CephOptions): RunCeph {
  const options = Object.entries({ conf, keyring, name }).flatMap(([option, value]) =>
    value === undefined ? [] : [`--${option}`, value],
  )
  return async (args) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await runOnce([...options, '--connect-timeout', String(connectTimeoutS), ...args])
      } catch (error) {
        if (attempt === attempts || !cameTooEarly.test((error as Error).message)) throw error
      }
    }
  }
}

function runOnce(args: readonly string[]): Promise<Buffer> {
  const options = { encoding: 'buffer', timeout: answerTimeoutMs, maxBuffer: answerBytesMax } as const
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  execFile('ceph', args, options, (error, stdout, stderr) => {
    if (error === null) resolve(stdout)
    else reject(failure(error, stderr.toString().trim()))
  })
  return promise
}

function failure(error: ExecFileException, said: string): Error {
  if (error.code === 'ENOENT') {
    const remedy = 'install it (Debian: ceph-common), or give its answers in files: see --help.'
    return new Error(`The program \`ceph\` asks the cluster, and is not here: ${remedy}`, { cause: error })
  }
  const reason = error.killed ? `no answer within ${answerTimeoutMs / 1000} s` : said || error.message
  const remedy = 'Name the cluster with --conf, and a client that may read with --name and --keyring.'
  return new Error(`The cluster cannot be asked: ${reason}. ${remedy}`, { cause: error })
}
