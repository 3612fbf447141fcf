import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDuration } from './parse-duration.ts'
import { parseFault } from './parse-fault.ts'

test('parseFault: what each option means', () => {
  const none = {
    calls: 'all',
    delayMs: 0,
    errorCode: null,
    isStuck: false,
    flipsBits: false,
    probability: 1,
  }
  assert.deepEqual(parseFault({ delay: '1s' }), { ...none, delayMs: 1_000 })
  assert.deepEqual(parseFault({ delay: '250ms', error: 'EIO', reads: true, share: '10%' }), {
    ...none,
    calls: 'read',
    delayMs: 250,
    errorCode: 'EIO',
    probability: 0.1,
  })
  assert.deepEqual(parseFault({ error: 'erofs', writes: true }), { ...none, calls: 'write', errorCode: 'EROFS' })
  assert.deepEqual(parseFault({ stuck: true, reads: true, writes: true }), { ...none, isStuck: true })
  assert.deepEqual(parseFault({ corrupt: true, share: '0.5' }), { ...none, flipsBits: true, probability: 0.5 })
  assert.equal(parseFault({ stuck: true, share: '100%' }).probability, 1)
})

test('parseFault: what is wrong is named, with what it may be', () => {
  const refuses = (options: Parameters<typeof parseFault>[0], message: RegExp) =>
    assert.throws(() => parseFault(options), message)
  refuses({}, /Say what the drive is to do: --delay/)
  refuses({ reads: true, share: '10%' }, /Say what the drive is to do/)
  refuses({ delay: '1' }, /--delay: `1` is not a duration: .*250ms/)
  refuses({ error: 'EWHAT' }, /--error: `EWHAT` is none of EIO, ENOSPC, /)
  refuses({ corrupt: true, writes: true }, /--corrupt .*does not go with --writes/)
  for (const share of ['0', '0%', '101%', '1.5', '-1', 'half', '', '%']) {
    refuses({ stuck: true, share }, /--share: .* is no share of the calls/)
  }
})

test('parseDuration: numbers with a unit', () => {
  const cases: Record<string, number> = {
    '250ms': 250,
    '1s': 1_000,
    '1.5s': 1_500,
    ' 10 m ': 600_000,
    '10min': 600_000,
    '2h': 7_200_000,
    '1d': 86_400_000,
    '0s': 0,
  }
  for (const [text, ms] of Object.entries(cases)) assert.equal(parseDuration(text), ms, text)
  for (const text of ['', '1', 's', '-1s', '1 fortnight', '1.s', '1e3s', '1s2', '1constructor']) {
    assert.throws(() => parseDuration(text), /is not a duration: write a number and ms, s, m, h or d/, text)
  }
})
