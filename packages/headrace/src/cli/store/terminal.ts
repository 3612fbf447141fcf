import { createInterface } from 'node:readline/promises'
import { type Clock, systemClock } from '../../core/runtime.ts'

/** Where commands print, ask and tell the time. */
export interface Terminal {
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'sleep'>
  /** Whether somebody sits before it, who can be asked and sees a line change. */
  readonly isInteractive: boolean
  readonly columns: number
  /** A result, on standard output. */
  print(text: string): void
  /** What is not a result, on standard error. */
  note(text: string): void
  /** Puts a line in the place of the last one drawn; an empty one takes it away. Only where it is interactive. */
  redraw(line: string): void
  /** Puts a screen of text in the place of the last one drawn, cut to what fits; lines where output is kept. */
  drawScreen(text: string): void
  ask(question: string): Promise<string>
  /** Exit status of the command, when it ends. */
  setExitCode(code: number): void
}

interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

export interface TerminalStreams {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: Output
  readonly errors: Output & NodeJS.WritableStream
  readonly clock: Terminal['clock']
  readonly setExitCode: (code: number) => void
}

const columnsDefault = 100

export function createTerminal({ input, output, errors, clock, setExitCode }: TerminalStreams): Terminal {
  const columns = errors.columns ?? columnsDefault
  return {
    clock,
    columns,
    isInteractive: input.isTTY === true && errors.isTTY === true,
    print: (text) => void output.write(`${printable(text)}\n`),
    note: (text) => void errors.write(`${printable(text)}\n`),
    // Back to the beginning of the line, and erase to its end (ECMA-48, EL).
    redraw: (line) => void errors.write(`\r\x1b[K${printable(line).slice(0, columns - 1)}`),
    drawScreen(text) {
      const lines = printable(text).split('\n')
      if (output.isTTY !== true) return void output.write(`${lines.join('\n')}\n\n`)
      // A terminal that does not know its size says 0.
      const width = output.columns || columnsDefault
      const rows = output.rows || lines.length + 1
      const shown = lines.slice(0, rows - 1).map((line) => `${line.slice(0, width)}\x1b[K\n`)
      // To the upper left corner; what is left of the last one behind the text is erased (ECMA-48, CUP and ED).
      output.write(`\x1b[H${shown.join('')}\x1b[J`)
    },
    async ask(question) {
      const lines = createInterface({ input, output: errors })
      try {
        return await lines.question(question)
      } finally {
        lines.close()
      }
    },
    setExitCode,
  }
}

export function systemTerminal(): Terminal {
  return createTerminal({
    input: process.stdin,
    output: process.stdout,
    errors: process.stderr,
    clock: systemClock,
    setExitCode(code) {
      process.exitCode = code
    },
  })
}

/** Names of files and objects are others' to choose: what would command the terminal, or turn its text around, is shown as JSON escapes it. */
export function printable(text: string): string {
  return text.replace(
    /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
