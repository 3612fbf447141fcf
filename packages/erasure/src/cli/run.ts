import { parseArgs } from 'node:util'
import { ErasureError } from '../errors.ts'
import type { Command } from './command.ts'
import { decodeFile } from './decode-file.ts'
import { encodeFile } from './encode-file.ts'
import { rebuildFiles } from './rebuild-files.ts'
import { showMatrix } from './show-matrix.ts'
import { verifyFiles } from './verify-files.ts'

interface Output {
  write(text: string): unknown
}

const commands: Record<string, Command> = {
  encode: encodeFile,
  decode: decodeFile,
  rebuild: rebuildFiles,
  verify: verifyFiles,
  matrix: showMatrix,
}

/** Runs one command line. Exit status: 0 all well, 1 failed or chunks disagree, 2 not understood. */
export async function run(args: readonly string[], io: { stdout: Output; stderr: Output }): Promise<number> {
  const parsed = parse(args)
  if (parsed === 'help') {
    io.stdout.write(usage())
    return 0
  }
  if (typeof parsed === 'string') {
    io.stderr.write(`erasure: ${parsed}\n\n${usage()}`)
    return 2
  }
  try {
    const { facts, lines, isGood } = await parsed.command.run(parsed.args, parsed)
    io.stdout.write(parsed.json ? `${JSON.stringify(facts)}\n` : lines.map((line) => `${line}\n`).join(''))
    return isGood ? 0 : 1
  } catch (error) {
    if (!(error instanceof ErasureError) && !(error instanceof Error && 'syscall' in error)) throw error
    io.stderr.write(`erasure: ${error.message}\n`)
    return 1
  }
}

/** The command and its arguments; a sentence that says what is wrong with them; or `help`. */
function parse(given: readonly string[]) {
  const options = {
    json: { type: 'boolean' },
    size: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    const { values, positionals } = parseArgs({ args: [...given], options, allowPositionals: true })
    const [name, ...args] = positionals
    if (values.help || name === undefined) return 'help'
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (command === undefined) return `there is no command ${name}`
    if (args.length !== command.parameters.length) return `${name} needs ${command.parameters.join(' ')}`
    return { command, args, json: values.json === true, size: values.size }
  } catch (error) {
    return (error as Error).message // parseArgs throws nothing else than what was wrong with the options
  }
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { parameters, help }]) => {
    return `  erasure ${name} ${parameters.join(' ')}\n      ${help}\n`
  })
  return `Reed–Solomon chunks, byte for byte those of Ceph's isa plugin.

${lines.join('')}
  PROFILE      as in Ceph: plugin=isa,technique=cauchy,k=4,m=2 (technique also reed_sol_van, which is the default)
  STRIPE_UNIT  bytes of one chunk in one stripe
  READ, WANT   indexes of chunks, 0,1,5: data chunks are 0 to k − 1, coding chunks k to k + m − 1
  FILE         the chunks are FILE.0, FILE.1, …

  --json       one JSON object instead of lines
  --size N     decode: bytes of the original file, to cut the padding off
`
}
