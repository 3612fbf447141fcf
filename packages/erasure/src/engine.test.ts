import assert from 'node:assert/strict'
import { mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sampleBytes } from '../test/sample.ts'
import { allocateFrom, type Engine } from './engine.ts'
import { kernelEngine } from './kernel/kernel-engine.ts'
import { scalarEngine } from './kernel/scalar-engine.ts'
import { createPool } from './pool/pool.ts'

const engines: Record<string, () => Engine & Partial<AsyncDisposable>> = {
  'wasm-simd': () => kernelEngine,
  scalar: () => scalarEngine,
  pool: () => createPool({ workers: 1 }),
}

for (const [name, create] of Object.entries(engines)) {
  test(`allocate (${name}): zeroed buffers of the size asked for, none over another`, async () => {
    const engine = create()
    const buffers = engine.allocate({ count: 5, sizeBytes: 1000 })
    assert.equal(buffers.length, 5)
    for (const [index, buffer] of buffers.entries()) {
      assert.equal(buffer.length, 1000)
      assert.ok(buffer.every((byte) => byte === 0))
      buffer.fill(index + 1)
    }
    assert.ok(buffers.every((buffer, index) => buffer.every((byte) => byte === index + 1)))
    await engine[Symbol.asyncDispose]?.()
  })

  test(`allocate (${name}): files are read into the buffers and written from them`, async () => {
    const engine = create()
    const folder = mkdtempSync(join(tmpdir(), 'erasure-'))
    const bytes = sampleBytes(100_000)
    writeFileSync(join(folder, 'from'), bytes)
    const [buffer] = engine.allocate({ count: 1, sizeBytes: 100_000 }) as [Uint8Array]
    assert.equal(readSync(openSync(join(folder, 'from'), 'r'), buffer), 100_000)
    assert.equal(writeSync(openSync(join(folder, 'to'), 'w'), buffer), 100_000)
    assert.ok(readFileSync(join(folder, 'to')).equals(bytes))
    rmSync(folder, { recursive: true })
    await engine[Symbol.asyncDispose]?.()
  })

  test(`allocate (${name}): impossible sizes are refused`, async () => {
    const engine = create()
    for (const [count, sizeBytes] of [
      [0, 10],
      [1, 0],
      [5, 2 ** 30],
      [1, Number.NaN],
    ] as const) {
      assert.throws(() => engine.allocate({ count, sizeBytes }), {
        code: 'noMemory',
        message: /ask for less at a time/,
      })
    }
    await engine[Symbol.asyncDispose]?.()
  })
}

test('allocate: memory that cannot be had is said so', () => {
  const cause = new RangeError('could not allocate memory')
  const reserve = () => {
    throw cause
  }
  const message = /3 buffers of 8 bytes cannot be allocated; the process has no room left/
  assert.throws(() => allocateFrom(reserve, { count: 3, sizeBytes: 8 }), { code: 'noMemory', message, cause })
})
