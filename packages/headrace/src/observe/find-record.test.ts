import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/open-store.ts'
import { finishedRequest } from '../../test/support/access-record.ts'
import { findRecord } from './find-record.ts'

const idOf = (n: number) => n.toString(16).toUpperCase().padStart(16, '0')
const line = (n: number, more = {}) => `${JSON.stringify(finishedRequest({ requestId: idOf(n), ...more }))}\n`

test('find record: in the log and in those that it was renamed to, wherever a read ends', async (t) => {
  const path = join(await temporaryFolder(t), 'logs', 'access.jsonl')
  assert.equal(await findRecord(path, idOf(1)), undefined)
  mkdirSync(dirname(path))
  // More than two reads, so that lines lie across their ends.
  const lines = Array.from({ length: 6_000 }, (_, n) => line(n, { key: `${'k'.repeat(n % 700)}` }))
  writeFileSync(path, lines.slice(3_000).join(''))
  writeFileSync(join(dirname(path), 'access.2.jsonl'), lines.slice(0, 3_000).join(''))
  for (const n of [0, 1_234, 2_999, 3_000, 4_321, 5_999]) {
    const found = await findRecord(path, idOf(n).toLowerCase())
    assert.deepEqual([found?.requestId, found?.key?.length], [idOf(n), n % 700])
  }
  assert.equal(await findRecord(path, idOf(6_000)), undefined)
})

test('find record: a key that looks like it, a torn line and one without end are passed over', async (t) => {
  const path = join(await temporaryFolder(t), 'access.jsonl')
  const sought = `"requestId":"${idOf(7)}"`
  const torn = `{"time":"x",${sought},"opera\n`
  writeFileSync(path, `${line(1, { key: `x","requestId":"${idOf(7)}` })}${torn}${'x'.repeat(3_000_000)}\n${line(7)}`)
  assert.equal((await findRecord(path, idOf(7)))?.requestId, idOf(7))
  writeFileSync(path, `${torn}${line(7).trimEnd()}`)
  assert.equal(await findRecord(path, idOf(7)), undefined)
})
