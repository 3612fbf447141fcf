import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HangingDrive } from '../../../../test/support/hanging-drive.ts'
import { SimMachine } from '../../../../test/support/sim-store.ts'
import { settled } from '../../../../test/support/waiting.ts'
import type { Drive } from '../drive/drive.ts'
import { type SealedSegment, SegmentsByDrive } from './segments-by-drive.ts'

const minuteMs = 60_000

function openSegments(seal?: (sealed: SealedSegment) => Promise<unknown>) {
  const machine = new SimMachine()
  const sealed: SealedSegment[] = []
  const segments = new SegmentsByDrive({
    session: 7,
    runtime: machine.runtime,
    seal: seal ?? (async (segment) => sealed.push(segment)),
  })
  return {
    machine,
    segments,
    sealed,
    append: (device: number, drive: Drive, text = 'text') =>
      machine.finish(segments.of({ device, drive }).append([Buffer.from(text)], text.length)),
  }
}

test('of: a drive has one writer; one that was opened anew has another, with numbers of its own', async () => {
  const { machine, segments, sealed, append } = openSegments()
  const first = await append(3, machine.drive)
  assert.equal(segments.of({ device: 3, drive: machine.drive }), segments.of({ device: 3, drive: machine.drive }))
  first.settle()
  const again = await append(3, machine.sim)
  assert.notEqual(again.segment.number, first.segment.number)
  assert.deepEqual(machine.files('segments').length, 2)
  assert.deepEqual(sealed, [{ device: 3, segment: first.segment, sizeBytes: 4 }])
})

test('seal: of one drive only', async () => {
  const { machine, segments, sealed, append } = openSegments()
  for (const device of [0, 1]) (await append(device, machine.drive)).settle()
  segments.seal(1)
  segments.seal(2)
  assert.deepEqual(
    sealed.map(({ device }) => device),
    [1],
  )
})

test('a segment that could not be made known as sealed is so later', async () => {
  let calls = 0
  const { machine, segments, append } = openSegments(async () => {
    calls += 1
    if (calls < 3) throw new Error('the keeper is away')
  })
  ;(await append(0, machine.drive)).settle()
  segments.seal(0)
  for (let minute = 0; minute < 4; minute += 1) {
    await settled()
    machine.clock.advance(minuteMs)
  }
  assert.equal(calls, 3)
  assert.equal(machine.events.lines.filter(({ level }) => level === 'warn').length, 2)
})

test('close: waits for what is under way, but not for ever', async () => {
  const { machine, segments, sealed, append } = openSegments()
  const hanging = new HangingDrive(machine.drive)
  const record = await append(0, machine.drive)
  hanging.hang()
  const stuck = segments.of({ device: 1, drive: hanging }).append([Buffer.from('stuck')], 5)
  await machine.finish(segments.close())
  record.settle()
  assert.deepEqual(
    sealed.map(({ device }) => device),
    [0],
  )
  hanging.goOn()
  await machine.finish(stuck)
})
