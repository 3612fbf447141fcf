import { PassThrough } from 'node:stream'
import { createTerminal, type Terminal } from '../../src/cli/store/terminal.ts'

export interface TestTerminal {
  readonly terminal: Terminal
  /** What went to standard output, and to standard error. */
  printed(): string
  noted(): string
  /** What the person types next. */
  type(line: string): void
  exitCode(): number | undefined
}

/** A terminal whose clock goes on by itself: nobody waits. */
export function testTerminal({ isInteractive = false } = {}): TestTerminal {
  let printed = ''
  let noted = ''
  let exitCode: number | undefined
  let nowMs = 0
  const input = Object.assign(new PassThrough(), { isTTY: isInteractive })
  const errors = Object.assign(new PassThrough(), { isTTY: isInteractive, columns: 80 })
  errors.on('data', (text) => {
    noted += text
  })
  const terminal = createTerminal({
    input,
    errors,
    output: {
      write(text) {
        printed += text
      },
    },
    clock: {
      now: () => Date.now(),
      monotonic: () => nowMs,
      async sleep(ms) {
        nowMs += ms
        await new Promise((resolve) => setImmediate(resolve))
      },
    },
    setExitCode(code) {
      exitCode = code
    },
  })
  return {
    terminal,
    printed: () => printed,
    noted: () => noted,
    type: (line) => void input.write(`${line}\n`),
    exitCode: () => exitCode,
  }
}
