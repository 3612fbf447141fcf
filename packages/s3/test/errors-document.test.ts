// docs/errors.md and the table of errors say the same.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type S3ErrorCode, type S3ErrorRow, s3Errors } from '../src/index.ts'

const document = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

/** Cells of each row that begins with a code. */
const rows = document
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').slice(1, -1))
  .map((cells) => cells.map((cell) => cell.trim()))

test('docs/errors.md: every code of the table, each once, and no other', () => {
  const documented = rows.map(([code = '']) => code.replaceAll('`', ''))
  assert.deepEqual(documented.toSorted(), Object.keys(s3Errors).toSorted())
})

test('docs/errors.md: status and retry are those of the table', () => {
  for (const [code = '', status, retry] of rows) {
    const row: S3ErrorRow = s3Errors[code.replaceAll('`', '') as S3ErrorCode]
    assert.equal(status, String(row.status), code)
    assert.equal(retry, row.retryable === true ? 'yes' : 'no', code)
  }
})

test('docs/errors.md: each row says when, and what to do', () => {
  for (const [code = '', , , when = '', remedy = '', ...rest] of rows) {
    assert.deepEqual(rest, [], code)
    assert.match(when, /^[A-Z`].{15,}\.$/, code)
    assert.match(remedy, /^[A-Z`].{5,}\.$/, code)
  }
})
