import assert from 'node:assert/strict'
import { test } from 'node:test'
import { S3Error } from '@headrace/s3'
import { choices, collector, StripeMachine, type TestData, without } from '../../../../test/support/stripe-machine.ts'
import { settled } from '../../../../test/support/waiting.ts'
import { TooFewChunksError } from '../stripes/too-few-chunks.ts'
import { readData } from './data-reader.ts'
import { blockBytes, windowRows } from './pool.ts'

const profiles = [
  [1, 0],
  [1, 1],
  [1, 2],
  [2, 2],
  [3, 2],
  [4, 2],
  [8, 3],
] as const

async function read(machine: StripeMachine, data: TestData, offset = 0, length = data.bytes.length): Promise<Buffer> {
  const sink = collector()
  await machine.finish(readData({ ...data, offset, length }, sink, machine.options))
  return sink.bytes()
}

async function requireWhole(machine: StripeMachine, data: TestData, what: string): Promise<void> {
  assert.ok((await read(machine, data)).equals(data.bytes), what)
  await requireSpansBack(machine, what)
}

async function requireSpansBack(machine: StripeMachine, what: string): Promise<void> {
  await settled()
  assert.equal(machine.spansOut, 0, `${what}: all spans are given back`)
}

/** Places where something begins or ends. */
function borders(lengthBytes: number, k: number): number[] {
  const windowBytes = windowRows({ k }) * k * blockBytes
  const near = [0, blockBytes, k * blockBytes, windowBytes, 2 * windowBytes, lengthBytes]
  return [...new Set(near.flatMap((at) => [at - 1, at, at + 1]))].filter((at) => at >= 0 && at <= lengthBytes)
}

interface Loss {
  readonly what: string
  /** @returns the data as its row then is, where that is another */
  readonly lose: (machine: StripeMachine, data: TestData, chunks: readonly number[]) => TestData | void
  readonly restore?: (machine: StripeMachine, chunk: number) => void
}

const losses: readonly Loss[] = [
  { what: 'missing', lose: (_, data, chunks) => without(data, chunks) },
  {
    what: 'gone',
    lose: (machine, data, chunks) =>
      chunks.forEach((chunk) => {
        machine.remove(data, chunk)
      }),
  },
  {
    what: 'corrupt',
    lose: (machine, data, chunks) =>
      chunks.forEach((chunk) => {
        machine.corrupt(data, chunk, 1)
      }),
  },
  {
    what: 'EIO',
    lose: (machine, _, chunks) =>
      chunks.forEach((chunk) => {
        machine.drive(chunk).errorCode = 'EIO'
      }),
    restore: (machine, chunk) => {
      machine.drive(chunk).errorCode = undefined
    },
  },
  {
    what: 'down',
    lose: (machine, _, chunks) =>
      chunks.forEach((chunk) => {
        machine.down.add(chunk)
      }),
    restore: (machine, chunk) => {
      machine.down.delete(chunk)
    },
  },
  {
    what: 'not open',
    lose: (machine, _, chunks) =>
      chunks.forEach((chunk) => {
        machine.drives.remove(chunk)
      }),
    restore: (machine, chunk) => {
      machine.open(chunk)
    },
  },
  {
    what: 'stuck',
    lose: (machine, _, chunks) =>
      chunks.forEach((chunk) => {
        machine.drive(chunk).isStuck = true
      }),
    restore: (machine, chunk) => {
      machine.drive(chunk).unstick()
    },
  },
]

for (const [k, m] of profiles) {
  const name = `${k}+${m}`
  const windowBytes = windowRows({ k }) * k * blockBytes

  test(`readData, ${name}: sizes around borders, from files and segments`, async () => {
    const machine = new StripeMachine(k, m)
    for (const size of [1, ...borders(2 * windowBytes + k * blockBytes + 17, k)].filter((size) => size > 0)) {
      for (const kind of ['file', 'segment'] as const) await requireWhole(machine, machine.store(size, kind), `${size}`)
    }
    assert.equal(machine.options.counters.rebuiltBlocks, 0)
    assert.deepEqual(machine.faults, [])
  })

  test(`readData, ${name}: ranges around borders, healthy and around m chunks`, async () => {
    const machine = new StripeMachine(k, m)
    const whole = machine.store(2 * windowBytes + (k - 1) * blockBytes + 1234)
    const lost = Array.from({ length: m }, (_, index) => (index * 2) % (k + m))
    for (const data of [whole, without(whole, lost)]) {
      const places = borders(whole.bytes.length, k)
      for (const [number, from] of places.entries()) {
        // To the places close by, and to the end.
        for (const to of [...places.slice(number + 1, number + 5), whole.bytes.length]) {
          const bytes = await read(machine, data, from, to - from)
          assert.ok(bytes.equals(whole.bytes.subarray(from, to)), `${from} to ${to}`)
        }
      }
    }
    assert.equal(machine.spansOut, 0)
  })

  test(`readData, ${name}: every loss of up to m chunks`, async () => {
    const size = windowBytes + k * blockBytes + 100
    const machine = new StripeMachine(k, m)
    for (const [number, lost] of choices(k + m, m).entries()) {
      // All the ways for each loss take long when there are hundreds of them.
      const ways = k < 4 ? losses : [losses[number % losses.length] as (typeof losses)[number]]
      for (const { what, lose, restore } of ways) {
        const stored = machine.store(size, number % 2 === 0 ? 'file' : 'segment')
        const data = lose(machine, stored, lost) ?? stored
        assert.ok((await read(machine, data)).equals(data.bytes), `without ${lost}: ${what}`)
        for (const chunk of lost) restore?.(machine, chunk)
        await requireSpansBack(machine, `without ${lost}: ${what}`)
        for (const { files } of machine.all) files.clear()
      }
    }
  })

  test(`readData, ${name}: m + 1 losses are told`, async () => {
    const lost = Array.from({ length: m + 1 }, (_, index) => index)
    const machine = new StripeMachine(k, m)
    const refused = async (data: TestData, code: string, reason: RegExp) => {
      const error: unknown = await read(machine, data).catch((error) => error)
      assert.ok(error instanceof TooFewChunksError)
      assert.match(error.message, reason)
      assert.ok(error.toS3Error() instanceof S3Error)
      assert.equal(error.toS3Error().code, code)
      await requireSpansBack(machine, code)
    }
    await refused(without(machine.store(200_000 * k), lost), 'InternalError', /chunk 0 is missing/)
    const corrupt = machine.store(200_000 * k)
    for (const chunk of lost) machine.corrupt(corrupt, chunk)
    await refused(corrupt, 'InternalError', /block 0 does not match its checksum/)
    for (const chunk of lost) machine.drive(chunk).errorCode = 'EIO'
    await refused(machine.store(200_000 * k), 'InternalError', /EIO/)
    for (const chunk of lost) machine.drives.remove(chunk)
    await refused(machine.store(200_000 * k), 'ServiceUnavailable', /chunk 0 is on drive 0, which is away/)
  })

  test(`readData, ${name}: any one call fails, and what can be read is read`, async () => {
    for (const [device] of new StripeMachine(k, m).all.entries()) {
      for (let call = 1; call < 100; call += 1) {
        const machine = new StripeMachine(k, m)
        const data = machine.store(2 * windowBytes + 5)
        machine.drive(device).failsIn = call
        const outcome = await read(machine, data).then(
          (bytes) => bytes.equals(data.bytes),
          (error) => error,
        )
        await requireSpansBack(machine, `call ${call}`)
        if (m === 0 && machine.drive(device).failsIn <= 0) assert.ok(outcome instanceof TooFewChunksError)
        else assert.equal(outcome, true)
        if (machine.drive(device).failsIn > 0) break
      }
    }
  })
}
