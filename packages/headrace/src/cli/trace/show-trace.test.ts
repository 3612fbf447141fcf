import assert from 'node:assert/strict'
import { test } from 'node:test'
import { finishedRequest } from '../../../test/support/access-record.ts'
import { showTrace } from './show-trace.ts'

const request = { bucket: 'photos', key: 'a\nb', upstream: 'b:1', firstByteMs: 60, totalMs: 100 }

test('trace: the steps of a request along its time, in their order', () => {
  const text = showTrace(
    finishedRequest({
      ...request,
      attempts: 2,
      hedged: true,
      resumed: 1,
      trail: [
        { atMs: 50, by: 'hedge', what: 'a:1 is late' },
        { atMs: 0, by: 'upstream', what: 'a:1: getObject: another attempt was faster', tookMs: 75 },
        { atMs: 50, by: 'upstream', what: 'b:1: getObject: 200', tookMs: 10 },
        { atMs: 100, by: 'resume', what: 'on from byte 7' },
      ],
    }),
    110,
  )
  assert.match(text, /^Request +getObject photos\/a\\nb, REQUEST$/m)
  assert.match(text, /^Upstream +2 attempts, hedged, resumed 1 ×, b:1 answered last$/m)
  const bars = [...text.matchAll(/\|([ =·]+)\|/g)].map(([, cells = '']) => cells)
  const width = 40
  assert.deepEqual(bars, [
    '='.repeat(30) + ' '.repeat(10),
    `${' '.repeat(20)}·${' '.repeat(19)}`,
    `${' '.repeat(20)}====${' '.repeat(16)}`,
    `${' '.repeat(width - 1)}·`,
  ])
})

test('trace: of a plain request there is nothing to draw', () => {
  assert.match(
    showTrace(finishedRequest({ ...request, attempts: 1 }), 80),
    /1 attempt, b:1 .*\n\nOne attempt, and nothing/,
  )
  assert.match(showTrace(finishedRequest({ store: 'embedded' }), 80), /The store \(embedded\) answered it/)
  const refused = finishedRequest({ operation: undefined, status: 400, errorCode: 'BadRequest' })
  assert.match(showTrace(refused, 80), /Request +GET, REQUEST\n[\s\S]*Reply +400 BadRequest\n[\s\S]*before any store/)
})
