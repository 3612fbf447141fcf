import assert from 'node:assert/strict'
import { chmodSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { keeperSocketPath } from './socket-path.ts'

test('keeperSocketPath: in the store, or in a private folder when that path is too long for a socket', (t) => {
  assert.equal(keeperSocketPath('/data'), '/data/keeper.sock')
  const deep = `/data/${'deep/'.repeat(30)}`
  const path = keeperSocketPath(deep)
  assert.ok(Buffer.byteLength(path) <= 100)
  assert.equal(keeperSocketPath(deep), path, 'every process finds the same')
  const other = keeperSocketPath(`${deep}er`)
  assert.notEqual(other, path)
  assert.equal(statSync(dirname(path)).mode & 0o777, 0o700)
  for (const made of [path, other]) t.after(() => rmSync(dirname(made), { recursive: true }))
})

test('keeperSocketPath: a folder that others can use is refused', (t) => {
  const deep = `/data/${'deeper/'.repeat(30)}`
  const folder = dirname(keeperSocketPath(deep))
  t.after(() => rmSync(folder, { recursive: true }))
  chmodSync(folder, 0o755)
  assert.throws(() => keeperSocketPath(deep), /not this user's alone/)
})
