import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../sim/sim-clock.ts'
import { Deadlines } from './deadlines.ts'

function scene() {
  const clock = new SimClock()
  const deadlines = new Deadlines(clock)
  const passed: string[] = []
  const watch = (name: string) => {
    const watched = {
      deadlineMs: Number.POSITIVE_INFINITY,
      overdue: () => void passed.push(`${name} at ${clock.monotonic()}`),
    }
    deadlines.add(watched)
    return watched
  }
  return { clock, deadlines, passed, watch }
}

test('deadlines: each passes once, in time', () => {
  const { clock, deadlines, passed, watch } = scene()
  deadlines.set(watch('late'), 30)
  deadlines.set(watch('early'), 10)
  watch('never')
  clock.advance(100)
  assert.deepEqual(passed, ['early at 10', 'late at 30'])
})

test('deadlines: one that was moved on passes at its new time, however often it was moved', () => {
  const { clock, deadlines, passed, watch } = scene()
  const one = watch('one')
  for (let ms = 10; ms <= 100; ms += 10) {
    deadlines.set(one, ms + 25)
    clock.advance(10)
  }
  assert.deepEqual(passed, [])
  clock.advance(100)
  assert.deepEqual(passed, ['one at 125'])
})

test('deadlines: one that was called off or taken out does not pass', () => {
  const { clock, deadlines, passed, watch } = scene()
  const calledOff = watch('called off')
  deadlines.set(calledOff, 10)
  deadlines.set(calledOff, Number.POSITIVE_INFINITY)
  const gone = watch('gone')
  deadlines.set(gone, 10)
  deadlines.remove(gone)
  deadlines.set(watch('there'), 20)
  clock.advance(100)
  assert.deepEqual(passed, ['there at 20'])
})

test('deadlines: one may be set again while it passes', () => {
  const { clock, deadlines, passed } = scene()
  const again = {
    deadlineMs: Number.POSITIVE_INFINITY,
    overdue() {
      passed.push(`${clock.monotonic()}`)
      if (passed.length < 3) deadlines.set(again, clock.monotonic() + 5)
    },
  }
  deadlines.add(again)
  deadlines.set(again, 10)
  clock.advance(100)
  assert.deepEqual(passed, ['10', '15', '20'])
})

test('deadlines: a process that was held up reads what has come before it blames anybody', () => {
  const { clock, passed, watch } = scene()
  let heldUpMs = 0
  class HeldUpClock extends SimClock {
    override after = (ms: number, action: () => void) => clock.after(ms, action)
    override monotonic = () => clock.monotonic() + heldUpMs
  }
  const deadlines = new Deadlines(new HeldUpClock())
  const [answered, silent] = [watch('answered'), watch('silent')]
  for (const watched of [answered, silent]) {
    deadlines.add(watched)
    deadlines.set(watched, 10)
  }
  heldUpMs = 5_000
  clock.step()
  assert.deepEqual(passed, [])
  deadlines.set(answered, 9_000)
  clock.step()
  assert.deepEqual(passed, ['silent at 10'])
})
