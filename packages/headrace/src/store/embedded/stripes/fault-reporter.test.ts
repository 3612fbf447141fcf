import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { recordEvents } from '../../../../test/support/events.ts'
import { settled } from '../../../../test/support/waiting.ts'
import { ChunkGoneError, type ChunkSource } from '../data/chunk-reader.ts'
import { CorruptBlockError } from '../data/span.ts'
import type { OpenDrive } from '../drive/drives.ts'
import type { ChunkLocation, DataRow } from '../format/data-row.ts'
import { FaultReporter, type SuspectChunk } from './fault-reporter.ts'
import { newReadCounters } from './read-request.ts'

const there: ChunkLocation = { kind: 'file', device: 4, session: 1, serial: 0 }

function source(number: number, location = there): ChunkSource {
  return { dataId: Buffer.alloc(16, number), chunk: 2, pool: { k: 4, m: 2 }, lengthBytes: 1e6, location }
}

function scene() {
  const clock = new SimClock()
  const events = recordEvents()
  const sent: SuspectChunk[][] = []
  const troubles: [device: number, error: unknown][] = []
  const counters = newReadCounters()
  const state = { location: there as ChunkLocation | undefined, keeperFails: false }
  const reporter = new FaultReporter({
    clock,
    events,
    counters,
    drives: { get: (device) => (device === 4 ? ({ drive: { name: '/four' } } as OpenDrive) : undefined) },
    rowNow(): DataRow | undefined {
      if (state.location === undefined) return undefined
      return { references: 1, pool: 1, lengthBytes: 1e6, chunks: [there, there, state.location] }
    },
    async suspect(chunks) {
      if (state.keeperFails) throw new Error('the keeper is away')
      sent.push(chunks)
    },
    trouble: (device, error) => troubles.push([device, error]),
  })
  return { clock, events, sent, troubles, counters, state, reporter }
}

test('report: bad chunks are told once in a while, together', async () => {
  const { clock, events, sent, troubles, counters, reporter } = scene()
  reporter.report(source(1), new CorruptBlockError(3))
  reporter.report(source(1), new CorruptBlockError(3))
  reporter.report(source(2), new ChunkGoneError('it'))
  clock.advance(1_000)
  assert.deepEqual(sent, [[1, 2].map((number) => ({ dataId: Buffer.alloc(16, number), chunk: 2 }))])
  assert.equal(events.faults.length, 2)
  assert.equal(counters.suspects, 2)
  clock.advance(6 * 60_000)
  reporter.report(source(1), new CorruptBlockError(3))
  clock.advance(1_000)
  assert.equal(sent.length, 2)
  assert.deepEqual(troubles, [])
})

test('report: many at once do not wait', () => {
  const { sent, reporter } = scene()
  for (let number = 0; number < 256; number += 1) reporter.report(source(number), new CorruptBlockError(0))
  assert.deepEqual(
    sent.map((chunks) => chunks.length),
    [256],
  )
})

test('report: a chunk that was moved or removed since is no fault', () => {
  const { clock, events, sent, state, reporter } = scene()
  state.location = { ...there, serial: 1 }
  reporter.report(source(1), new ChunkGoneError('it'))
  state.location = undefined
  reporter.report(source(2), new ChunkGoneError('it'))
  clock.advance(1_000)
  assert.deepEqual(sent, [])
  assert.deepEqual(events.faults, [])
})

test('report: errors of a drive go to whoever judges drives; of one that was closed, to nobody', () => {
  const { clock, events, sent, troubles, reporter } = scene()
  const error = Object.assign(new Error('EIO'), { code: 'EIO' })
  reporter.report(source(1), error)
  reporter.report(source(1, { ...there, device: 9 }), error)
  clock.advance(1_000)
  assert.deepEqual(troubles, [[4, error]])
  assert.equal(events.faults.length, 1)
  assert.deepEqual(sent, [])
})

test('report: what the keeper did not take is told again with the next read', async () => {
  const { clock, events, sent, state, reporter } = scene()
  state.keeperFails = true
  reporter.report(source(1), new CorruptBlockError(0))
  clock.advance(1_000)
  await settled()
  assert.equal(events.lines.at(-1)?.level, 'warn')
  state.keeperFails = false
  reporter.report(source(1), new CorruptBlockError(0))
  clock.advance(1_000)
  assert.equal(sent.length, 1)
})

test('close: nothing is sent any more', () => {
  const { clock, sent, reporter } = scene()
  reporter.report(source(1), new CorruptBlockError(0))
  reporter.close()
  clock.advance(10_000)
  assert.deepEqual(sent, [])
})
