import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { testTerminal } from '../../../test/support/terminal.ts'
import { systemClock } from '../../core/runtime.ts'
import { createTerminal, printable } from './terminal.ts'

test('printable: text that others chose commands no terminal, and stays JSON when it was', () => {
  assert.equal(printable('plain, ü, 日本, ×\nnext line'), 'plain, ü, 日本, ×\nnext line')
  assert.equal(printable('\x1b[2J\r\x07\x9b\u202e'), '\\u001b[2J\\u000d\\u0007\\u009b\\u202e')
  const name = 'a\x9bb\u202ec\td'
  assert.deepEqual(JSON.parse(printable(JSON.stringify({ name }))), { name })
})

test('terminal: results and the rest go their own ways; a line that is redrawn fits', () => {
  const { terminal, printed, noted } = testTerminal({ isInteractive: true })
  terminal.print('result\x1b')
  terminal.note('remark')
  terminal.redraw('x'.repeat(200))
  assert.equal(printed(), 'result\\u001b\n')
  assert.equal(noted(), `remark\n\r\x1b[K${'x'.repeat(79)}`)
})

test('terminal: it is interactive when somebody can read and answer', async () => {
  assert.equal(testTerminal().terminal.isInteractive, false)
  const { terminal, type } = testTerminal({ isInteractive: true })
  type('an answer')
  assert.deepEqual([terminal.isInteractive, await terminal.ask('?')], [true, 'an answer'])
})

test('terminal: a screen is drawn over the last, cut to what fits; where output is kept, it is lines', () => {
  const draw = (size: { isTTY?: boolean; columns?: number; rows?: number }, text: string) => {
    let written = ''
    const output = {
      ...size,
      write(part: string) {
        written += part
      },
    }
    const errors = Object.assign(new PassThrough(), { isTTY: false })
    const streams = { input: new PassThrough(), output, errors, clock: systemClock, setExitCode() {} }
    createTerminal(streams).drawScreen(text)
    return written
  }
  assert.equal(draw({}, 'a\nb\x1b'), 'a\nb\\u001b\n\n')
  assert.equal(draw({ isTTY: true, columns: 3, rows: 3 }, 'abcd\ne\nf'), '\x1b[Habc\x1b[K\ne\x1b[K\n\x1b[J')
  assert.equal(draw({ isTTY: true, columns: 0, rows: 0 }, 'ab\nc'), '\x1b[Hab\x1b[K\nc\x1b[K\n\x1b[J')
})
