import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../sim/sim-clock.ts'
import { settled } from '../../test/support/waiting.ts'
import type { ForegroundLoad } from '../core/foreground-load.ts'
import { Pacer } from './pacer.ts'

const unitMs = 20

/**
 * A machine whose requests take longer the more background work there is: by `harm` of their time for each unit that is
 * under way on the average of a second.
 */
class Machine {
  readonly clock = new SimClock()
  requestsPerS = 0
  quietMs = 10
  harm = 0.5
  quietP90Ms = 5
  p90Harm = 0
  running = 0
  /** Milliseconds of units in this second, and of all. */
  #secondMs = 0
  #sinceMs = 0
  workedMs = 0
  readonly p99s: number[] = []
  readonly pacer = new Pacer({ clock: this.clock, load: () => this.#load() })

  #count(): void {
    const nowMs = this.clock.monotonic()
    this.#secondMs += (nowMs - this.#sinceMs) * this.running
    this.workedMs += (nowMs - this.#sinceMs) * this.running
    this.#sinceMs = nowMs
  }

  #load(): ForegroundLoad {
    this.#count()
    const units = this.#secondMs / 1000
    const p99Ms = this.quietMs * (1 + this.harm * units)
    this.#secondMs = 0
    if (this.requestsPerS > 0) this.p99s.push(p99Ms)
    return { requestsPerS: this.requestsPerS, p99Ms, p90Ms: this.quietP90Ms * (1 + this.p90Harm * units) }
  }

  /** Somebody who always has something to do. */
  begin(lanes = 8): void {
    for (let lane = 0; lane < lanes; lane += 1) this.#work()
  }

  async #work(): Promise<void> {
    for (;;) {
      await this.pacer.during(async () => {
        this.#count()
        this.running += 1
        await this.clock.sleep(unitMs)
        this.#count()
        this.running -= 1
      })
    }
  }

  async pass(seconds: number): Promise<void> {
    const endMs = this.clock.monotonic() + seconds * 1000
    do await settled()
    while (this.clock.step(endMs))
    this.clock.advance(endMs - this.clock.monotonic())
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

test('pacer: without requests background work has everything', async () => {
  const machine = new Machine()
  machine.begin()
  await machine.pass(5)
  assert.equal(machine.pacer.share, 1)
  assert.ok(machine.workedMs > 0.95 * 8 * 5_000)
})

test('pacer: the latency of requests stays near what it is without background work', async () => {
  const machine = new Machine()
  machine.begin()
  await machine.pass(3)
  machine.requestsPerS = 100
  await machine.pass(60)
  const before = machine.workedMs
  machine.p99s.length = 0
  await machine.pass(60)
  assert.ok(Math.abs((machine.pacer.baselineMs ?? 0) - 10) < 0.5, `baseline ${machine.pacer.baselineMs}`)
  assert.ok(mean(machine.p99s) <= 13, `p99 ${mean(machine.p99s)}`)
  // At 1.3 times the latency 0.6 units may be under way.
  const units = (machine.workedMs - before) / 60_000
  assert.ok(units > 0.3 && units < 0.7, `${units} units`)
})

test('pacer: where background work harms nobody, it gets nearly everything', async () => {
  const machine = new Machine()
  machine.harm = 0.01
  machine.requestsPerS = 100
  machine.begin()
  await machine.pass(30)
  const before = machine.workedMs
  await machine.pass(60)
  assert.ok((machine.workedMs - before) / 60_000 > 0.8 * 8)
})

test('pacer: the 90th percentile tells where the 99th is chance', async () => {
  const machine = new Machine()
  machine.harm = 0
  machine.p90Harm = 0.5
  machine.requestsPerS = 100
  machine.begin()
  await machine.pass(60)
  const before = machine.workedMs
  await machine.pass(60)
  // At 1.4 times the latency 0.8 units may be under way.
  const units = (machine.workedMs - before) / 60_000
  assert.ok(units > 0.4 && units < 0.9, `${units} units`)
})

test('pacer: background work that begins while there are requests begins small', async () => {
  const machine = new Machine()
  machine.harm = 0.01
  machine.requestsPerS = 100
  await machine.pass(30)
  machine.begin()
  await machine.pass(2)
  assert.ok(machine.workedMs < 0.15 * 8 * 2_000, `${machine.workedMs} ms`)
})

test('pacer: background work never stands still, however much it harms', async () => {
  const machine = new Machine()
  machine.harm = 100
  machine.requestsPerS = 100
  machine.begin()
  await machine.pass(60)
  const before = machine.workedMs
  await machine.pass(60)
  assert.ok((machine.workedMs - before) / 60_000 > 0.05 * 8 * 0.6)
})

test('pacer: when the load itself changes, that is learnt', async () => {
  const machine = new Machine()
  machine.requestsPerS = 100
  machine.begin()
  await machine.pass(60)
  machine.quietMs = 40
  await machine.pass(60)
  const before = machine.workedMs
  await machine.pass(60)
  assert.ok((machine.workedMs - before) / 60_000 > 0.3)
  machine.requestsPerS = 0
  await machine.pass(3)
  assert.equal(machine.pacer.share, 1)
})

test('pacer: an error of the work is passed on, and the next has its turn', async () => {
  const machine = new Machine()
  await assert.rejects(
    machine.pacer.during(() => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(await machine.pacer.during(async () => 1), 1)
})

test('pacer: what is called off while it waits for its turn does not wait any longer', async () => {
  const machine = new Machine()
  machine.harm = 100
  machine.requestsPerS = 100
  await machine.pass(10)
  machine.begin()
  await machine.pass(5)
  const abort = new AbortController()
  let begun = 0
  const work = async () => {
    begun += 1
  }
  const calls = Array.from({ length: 50 }, () => machine.pacer.during(work, abort.signal))
  abort.abort(new Error('called off'))
  const outcomes = await Promise.allSettled(calls)
  assert.ok(outcomes.every((outcome) => outcome.status === 'rejected' && outcome.reason.message === 'called off'))
  assert.equal(begun, 0)
  await assert.rejects(
    machine.pacer.during(async () => 1, abort.signal),
    /called off/,
  )
  const before = machine.workedMs
  await machine.pass(20)
  assert.ok(machine.workedMs > before, 'the others go on')
})
