import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Gatherer } from './gatherer.ts'

test('Gatherer: pieces and rest are the body, and only full pieces are given away', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 300_000, minLength: 0 }), { maxLength: 6 }),
      fc.integer({ min: 50_000, max: 200_000 }),
      async (chunks, pieceBytes) => {
        const given: Buffer[] = []
        const gatherer = new Gatherer(pieceBytes, async (piece) => {
          assert.equal(piece.length, pieceBytes)
          given.push(Buffer.from(piece))
        })
        for (const chunk of chunks) await gatherer.write(chunk)
        const body = Buffer.concat(chunks)
        assert.ok(Buffer.concat([...given, gatherer.rest]).equals(body))
        assert.equal(given.length, body.length === 0 ? 0 : Math.ceil(body.length / pieceBytes) - 1)
      },
    ),
    { numRuns: 50, interruptAfterTimeLimit: 5_000 },
  )
})
