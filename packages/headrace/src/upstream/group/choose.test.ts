import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimRandom } from '../../../sim/sim-random.ts'
import { choose } from './choose.ts'

interface Candidate {
  readonly name: string
  readonly cost: number
  readonly isAvoided?: boolean
  readonly isNear?: boolean
}

/** How often each is chosen in a thousand times. */
function shares(candidates: readonly Candidate[]): Record<string, number> {
  const random = new SimRandom(3)
  const counts: Record<string, number> = {}
  const how = {
    isAvoided: ({ isAvoided = false }: Candidate) => isAvoided,
    isNear: ({ isNear = true }: Candidate) => isNear,
    costOf: ({ cost }: Candidate) => cost,
  }
  for (let n = 0; n < 1_000; n += 1) {
    const name = choose(candidates, how, random)?.name ?? 'nobody'
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

test('choose: nobody, and the only one', () => {
  assert.deepEqual(shares([]), { nobody: 1_000 })
  assert.deepEqual(shares([{ name: 'a', cost: 9 }]), { a: 1_000 })
})

test('choose: the cheaper one of two; of three, the dearest is never taken, and the second a third of the time', () => {
  assert.deepEqual(
    shares([
      { name: 'a', cost: 2 },
      { name: 'b', cost: 1 },
    ]),
    { b: 1_000 },
  )
  const counts = shares([
    { name: 'a', cost: 3 },
    { name: 'b', cost: 2 },
    { name: 'c', cost: 1 },
  ])
  assert.equal(counts.a, undefined)
  assert.ok(Math.abs((counts.b ?? 0) - 333) < 50, JSON.stringify(counts))
})

test('choose: among equals, everybody gets the same', () => {
  const counts = shares(['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, cost: 1 })))
  for (const [name, count] of Object.entries(counts)) assert.ok(Math.abs(count - 200) < 50, `${name}: ${count}`)
})

test('choose: near ones first, avoided ones last, whatever they cost', () => {
  const far = { name: 'far', cost: 1, isNear: false }
  const near = { name: 'near', cost: 100 }
  const avoided = { name: 'avoided', cost: 1, isAvoided: true }
  assert.deepEqual(shares([far, near, avoided]), { near: 1_000 })
  assert.deepEqual(shares([far, avoided]), { far: 1_000 })
  assert.deepEqual(shares([avoided]), { avoided: 1_000 })
})
