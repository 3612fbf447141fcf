import { CrushError } from '../map/crush-error.ts'
import { UsageError } from './arguments.ts'
import type { Console } from './console.ts'
import { compileCommand, decompileCommand, treeCommand } from './convert-commands.ts'
import { diffCommand } from './diff-command.ts'
import { testCommand } from './mapping-test-command.ts'

export const usage = `crush COMMAND …: CRUSH maps, placed as Ceph places them. Every MAP may be text, binary, or the
JSON of \`ceph osd crush dump\`; every command takes --json.

  crush test -i MAP [--rule R] [--num-rep N] [--min-x A --max-x B | --x X] [--pool-id P]
        [--choose-args ID] [--weight DEVICE WEIGHT]…
        [--show-mappings] [--show-bad-mappings] [--show-statistics]
                                   place inputs; prints what \`crushtool --test\` prints
  crush diff BEFORE AFTER --rule R --size N --pgs N [--pool-id P] [--erasure] [--weight DEVICE WEIGHT]…
  crush diff BEFORE AFTER --osd-dump FILE --pool NAME [--bytes-per-pg BYTES]
                                   what moves when the second map replaces the first; --weight is after the change
  crush compile -i MAP -o FILE     to the binary form
  crush decompile -i MAP [-o FILE] [--digits N]
                                   to text; weights with as many digits as they need, or N
  crush tree -i MAP [--shadow]     draw the tree, with the shadows of device classes
`

const commands = {
  test: testCommand,
  diff: diffCommand,
  compile: compileCommand,
  decompile: decompileCommand,
  tree: treeCommand,
} satisfies Record<string, (console: Console, args: readonly string[]) => void>

/** Runs the program with these arguments. Returns the exit status and, unless it is 0, what to say on standard error. */
export function run(console: Console, args: readonly string[]): { status: 0 | 1 | 2; complaint: string } {
  const [name = 'help', ...rest] = args
  if (name === 'help' || name === '--help' || name === '-h') {
    console.print(usage)
    return { status: 0, complaint: '' }
  }
  if (!Object.hasOwn(commands, name)) return { status: 2, complaint: `crush: no command is called ${name}\n\n${usage}` }
  try {
    commands[name as keyof typeof commands](console, rest)
    return { status: 0, complaint: '' }
  } catch (error) {
    if (error instanceof UsageError) return { status: 2, complaint: `crush ${name}: ${error.message}\n\n${usage}` }
    if (error instanceof CrushError || isFileError(error)) {
      return { status: 1, complaint: `crush ${name}: ${error.message}\n` }
    }
    throw error
  }
}

function isFileError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}
