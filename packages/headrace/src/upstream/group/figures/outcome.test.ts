import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers } from '@headrace/s3'
import { AttemptError } from '../../../core/attempt.ts'
import { outcomeOfError, outcomeOfReply } from './outcome.ts'

const none = new Headers([])
const document = (code: string) => Buffer.from(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`)

test('outcomeOfReply: below 500 the upstream works, and what it does not know is no failure', () => {
  for (const status of [200, 206, 304, 403, 404, 412, 501, 505]) assert.equal(outcomeOfReply(status, none), 'ok')
  for (const status of [500, 502, 504]) assert.equal(outcomeOfReply(status, none), 'unavailable')
})

test('outcomeOfReply: a 503 is what its document says', () => {
  assert.equal(outcomeOfReply(429, none), 'throttled')
  assert.equal(outcomeOfReply(503, none, document('SlowDown')), 'throttled')
  assert.equal(outcomeOfReply(503, new Headers(['Retry-After', '1'])), 'throttled')
  assert.equal(outcomeOfReply(503, none, document('ServiceUnavailable')), 'unavailable')
  assert.equal(outcomeOfReply(503, none, Buffer.from('<html>no server is available')), 'unavailable')
  assert.equal(outcomeOfReply(503, none), 'unavailable')
})

test('outcomeOfError: faults of the upstream itself count, errors of whoever sends or takes the body do not', () => {
  const error = (fault: 'stalled' | 'saturated', upstream?: string) =>
    new AttemptError({ fault, upstream, wasSent: true })
  assert.equal(outcomeOfError(error('stalled', 'a'), 'a'), 'stalled')
  assert.equal(outcomeOfError(error('stalled'), 'a'), 'stalled')
  assert.equal(outcomeOfError(error('stalled', 'b'), 'a'), 'abandoned')
  assert.equal(outcomeOfError(error('saturated', 'a'), 'a'), 'abandoned')
  assert.equal(outcomeOfError(new Error('the client is gone'), 'a'), 'abandoned')
})
