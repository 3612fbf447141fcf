import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../test/open-store.ts'
import { recordEvents } from '../../../test/support/events.ts'
import { assumedLedger, completeLedger } from '../../store/remote/capability/ledger.ts'
import { readLedger, saveLedger } from './ledger-file.ts'

const endpoints = ['http://a:1', 'http://b:1']

test('ledger file: what was kept is read again', async (t) => {
  const state = join(await temporaryFolder(t), 'new', 'state')
  const { log, lines } = recordEvents()
  const found = { ...completeLedger, probedMs: 5, server: 'x' }
  const path = await saveLedger(state, 'http://b:1', found)
  assert.deepEqual(await readLedger(state, endpoints, log), found)
  assert.equal(lines.length, 0)
  await readLedger(state, ['http://c:1'], log)
  assert.match(lines[0]?.message ?? '', /another endpoint/)
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, -20))
  await assert.rejects(readLedger(state, endpoints, log), /damaged.*probe http:\/\/a:1 --save --state .*remove it/)
})

test('ledger file: without one, what is assumed is said', async (t) => {
  const { log, lines } = recordEvents()
  assert.deepEqual(await readLedger(await temporaryFolder(t), endpoints, log), assumedLedger)
  assert.match(String(lines[0]?.fields.remedy), /^headrace upstream probe http:\/\/a:1 --save --state /)
})
