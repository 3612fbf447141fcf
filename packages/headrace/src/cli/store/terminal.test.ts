import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testTerminal } from '../../../test/support/terminal.ts'
import { printable } from './terminal.ts'

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
