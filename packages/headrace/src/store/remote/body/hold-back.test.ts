import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HoldBack } from './hold-back.ts'

function held(sizeBytes: number) {
  const chunks: Buffer[] = []
  const sink = { write: (chunk: Uint8Array) => void chunks.push(Buffer.from(chunk)) }
  return { holdBack: new HoldBack(sink, sizeBytes), passed: () => Buffer.concat(chunks) }
}

test('HoldBack: the end goes when the body was found to be good, and not before', async () => {
  for (const pieceBytes of [1, 3, 100_000, 300_000]) {
    const body = Buffer.alloc(200_000, 'abc')
    const { holdBack, passed } = held(body.length)
    for (let at = 0; at < body.length; at += pieceBytes) {
      const piece = Buffer.from(body.subarray(at, at + pieceBytes))
      holdBack.write(piece)
      piece.fill(0)
    }
    assert.ok(passed().length < body.length)
    assert.ok(passed().length >= body.length - 64 * 1024, `${passed().length}`)
    await holdBack.finish()
    assert.ok(passed().equals(body))
  }
})

test('HoldBack: neither more nor less than announced', async () => {
  const { holdBack, passed } = held(3)
  holdBack.write(Buffer.from('ab'))
  holdBack.write(Buffer.alloc(0))
  await assert.rejects(holdBack.finish(), { code: 'IncompleteBody' })
  assert.throws(() => holdBack.write(Buffer.from('cd')), { code: 'IncompleteBody' })
  assert.equal(passed().toString(), 'ab')
})
