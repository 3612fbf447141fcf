import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestNotes } from './context.ts'
import { addStep, trailStepsMax } from './trail.ts'

const step = (atMs: number) => ({ atMs, by: 'upstream', what: 'a: getObject: 200' })

test('trail: nobody writes one who was not asked', () => {
  const notes: RequestNotes = {}
  addStep(notes, step(1))
  assert.equal(notes.trail, undefined)
})

test('trail: it is bounded, and says so', () => {
  const notes: RequestNotes = { trail: [] }
  for (let n = 0; n < 1_000; n += 1) addStep(notes, step(n))
  assert.equal(notes.trail?.length, trailStepsMax + 1)
  assert.equal(notes.trail?.at(-2)?.atMs, trailStepsMax - 1)
  assert.match(notes.trail?.at(-1)?.what ?? '', /more was done/)
})
