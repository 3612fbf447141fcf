import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { silentEvents } from '../../core/events.ts'
import { chunkPath } from '../../store/embedded/data/paths.ts'
import { openLocalDrive } from '../../store/embedded/drive/local-drive.ts'
import type { MendTools } from './mend-tools.ts'
import { putInQuarantine } from './quarantine.ts'

test('putInQuarantine: a bad file of a real folder is put aside; a drive that is not there gets no folder', async () => {
  const root = mkdtempSync(join(tmpdir(), 'quarantine-'))
  try {
    const dataId = Buffer.alloc(16, 7)
    const location = { kind: 'file', device: 0, session: 1, serial: 0 } as const
    const row = { references: 1, pool: 1, lengthBytes: 10, chunks: [location] }
    const drives = { get: () => ({ background: openLocalDrive(root) }) }
    const tools = { store: { drives, runtime: { events: silentEvents } } } as unknown as MendTools
    const facts = { dataId, row, suspects: 0, bad: new Set([0]) }
    await putInQuarantine(facts, tools)
    assert.deepEqual(readdirSync(root), [])
    const path = chunkPath({ ...location, dataId, chunk: 0 })
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), 'bad')
    await putInQuarantine(facts, tools)
    assert.deepEqual(readdirSync(join(root, 'quarantine')), [path.slice(path.lastIndexOf('/') + 1)])
  } finally {
    rmSync(root, { recursive: true })
  }
})
