import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { limits } from '@headrace/s3'
import { SimClock } from '../../sim/sim-clock.ts'
import { code } from '../../test/conformance/harness.ts'
import { settled } from '../../test/support/waiting.ts'
import { serverLimits } from '../core/limits.ts'
import { pump, readDocument, requestBody } from './request-body.ts'
import type { RequestState } from './request-state.ts'

/** A request whose body is written by the test. */
function requestUnderWay() {
  const request = new PassThrough()
  const state = { request, expectsContinue: false, isBodyCut: false, bytesIn: 0 } as unknown as RequestState
  return { request, state }
}

const open = { write: () => undefined }

test('pump: a body that trickles is given up, one that comes at a fair rate is not', async () => {
  const clock = new SimClock()
  const slow = requestUnderWay()
  const fair = requestUnderWay()
  const slowly = assert.rejects(pump(slow.state, open, clock), code('RequestTimeout'))
  const fairly = pump(fair.state, open, clock)
  for (let minute = 0; minute < 3; minute += 1) {
    slow.request.write('a few bytes')
    fair.request.write(Buffer.alloc(serverLimits.bodyBytesMin))
    await settled()
    clock.advance(serverLimits.bodyCheckMs)
  }
  await slowly
  fair.request.end()
  await fairly
})

test('pump: a client that waits for the store is not slow', async () => {
  const clock = new SimClock()
  const { request, state } = requestUnderWay()
  const { promise, resolve } = Promise.withResolvers<void>()
  const pumping = pump(state, { write: () => promise }, clock)
  request.write('bytes')
  await settled()
  clock.advance(3 * serverLimits.bodyCheckMs)
  resolve()
  await settled()
  request.end()
  await pumping
})

test('requestBody: it is unprotected when nothing vouches for its bytes', () => {
  const clock = new SimClock()
  const isUnprotected = (checks: object, encrypted = false) => {
    const { state, request } = requestUnderWay()
    Object.assign(request, { socket: { encrypted } })
    return requestBody(state, { payload: { kind: 'unsigned' }, ...checks } as never, clock).isUnprotected
  }
  assert.equal(isUnprotected({}), true)
  assert.equal(isUnprotected({}, true), false)
  assert.equal(isUnprotected({ payload: { kind: 'signed' } }), false)
  assert.equal(isUnprotected({ payload: { kind: 'chunked', signed: true } }), false)
  assert.equal(isUnprotected({ md5: Buffer.alloc(16) }), false)
  assert.equal(isUnprotected({ checksum: { algorithm: 'CRC32' } }), false)
})

test('readDocument: documents under way have a bound all together', async () => {
  const clock = new SimClock()
  const checks = { payload: { kind: 'unsigned' }, sizeBytes: limits.documentBytesMax } as never
  const fits = serverLimits.documentBytesUnderWayMax / limits.documentBytesMax
  const waiting = Array.from({ length: fits }, requestUnderWay)
  const reading = waiting.map(({ state }) => readDocument(state, checks, clock))
  await assert.rejects(readDocument(requestUnderWay().state, checks, clock), code('SlowDown'))
  for (const { request } of waiting) request.destroy()
  for (const one of reading) await assert.rejects(one, code('IncompleteBody'))
  const { request, state } = requestUnderWay()
  request.end('short')
  assert.equal((await readDocument(state, { ...(checks as object), sizeBytes: 5 } as never, clock)).toString(), 'short')
})
