import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actions, code, context } from '../conformance/harness.ts'
import { type OpenedSimStore, SimMachine } from '../support/sim-store.ts'

const bucket = 'bucket'
const blockBytes = 65_536

/** An object of each kind that has a place on the drive of its own. */
const contents = { middle: Buffer.alloc(200_000, 'middle'), large: Buffer.alloc(1_300_000, 'large') }
type Kind = keyof typeof contents
const folders = { middle: 'segments', large: 'chunks' } as const
const kinds = Object.keys(contents) as Kind[]

async function stored() {
  const machine = new SimMachine()
  const opened = await machine.finish(machine.open())
  const { create, put, get } = actions(opened.store)
  await machine.finish(create(bucket))
  for (const kind of kinds) await machine.finish(put(bucket, kind, contents[kind]))
  return {
    machine,
    opened,
    get: (key: string, more = {}) => machine.finish(get(bucket, key, more)),
    /** Changes a file as a drive does that loses or turns bits. */
    async spoil(kind: Kind, at: number, change: (byte: number) => number) {
      const [path = ''] = machine.files(folders[kind])
      const file = await machine.finish(machine.sim.open(path, 'append'))
      const byte = Buffer.alloc(1)
      await machine.finish(file.read([byte], at))
      await machine.finish(file.write([Buffer.of(change(byte[0] as number))], at))
    },
    async truncate(kind: Kind, sizeBytes: number) {
      const [path = ''] = machine.files(folders[kind])
      const file = await machine.finish(machine.sim.open(path, 'append'))
      await machine.finish(file.truncate(sizeBytes))
    },
  }
}

/** What a reader was given before it failed. */
async function readUntilFailure({ store }: OpenedSimStore, machine: SimMachine, key: string) {
  const given: Buffer[] = []
  const reader = await machine.finish(store.getObject({ bucket, key }, context()))
  const write = (chunk: Uint8Array) => {
    given.push(Buffer.from(chunk))
    return undefined
  }
  const outcome = await machine.finish(
    reader.readInto({ write }).then(
      () => undefined,
      (error) => error,
    ),
  )
  await reader.close()
  return { outcome, given: Buffer.concat(given) }
}

test('corruption: a bit that turned is noticed, told, and never delivered', async () => {
  for (const kind of kinds) {
    for (const at of [5_000, 100_000, 190_000]) {
      const { machine, opened, spoil } = await stored()
      await spoil(kind, at, (byte) => byte ^ 1)
      const { outcome, given } = await readUntilFailure(opened, machine, kind)
      assert.deepEqual([outcome?.name, outcome?.code], ['S3Error', 'InternalError'], `${kind} at ${at}`)
      assert.ok(given.equals(contents[kind].subarray(0, given.length)), 'what was given is right')
      const [fault] = machine.events.faults
      assert.match(String(fault?.error), /block \d+ does not match its checksum/)
      assert.match(String(fault?.what), new RegExp(`^read ${folders[kind]}/`))
    }
  }
})

test('corruption: other blocks of the object can be read all the same', async () => {
  for (const kind of kinds) {
    const { spoil, get } = await stored()
    await spoil(kind, 10_000, (byte) => ~byte & 0xff)
    const range = { first: 2 * blockBytes, last: 2 * blockBytes + 100 }
    assert.ok((await get(kind, { range })).equals(contents[kind].subarray(range.first, range.last + 1)))
    await assert.rejects(get(kind, { range: { first: 0, last: 0 } }), code('InternalError'))
  }
})

test('corruption: a file that is cut off or gone is a failure, not a shorter object', async () => {
  for (const kind of kinds) {
    const { truncate, get } = await stored()
    await truncate(kind, 150_000)
    await assert.rejects(get(kind), code('InternalError'))
    assert.equal((await get(kind, { range: { first: 0, last: 9 } })).length, 10)
  }
  const { machine, get } = await stored()
  const [path = ''] = machine.files('chunks')
  await machine.finish(machine.sim.remove(path))
  await assert.rejects(get('large'), (error: Error) => error.name !== 'AssertionError')
})

test('corruption: blocks that changed places are noticed', async () => {
  const { machine, get } = await stored()
  const [path = ''] = machine.files('chunks')
  const file = await machine.finish(machine.sim.open(path, 'append'))
  const stride = blockBytes + 4
  const blocks = [Buffer.alloc(stride), Buffer.alloc(stride)]
  const size = machine.sim.files().get(path) ?? 0
  // The header comes first; from the end, whole blocks are counted off.
  const begin =
    size - (Math.ceil(contents.large.length / blockBytes) - 1) * stride - ((contents.large.length % blockBytes) + 4)
  await machine.finish(file.read([blocks[0] as Buffer], begin))
  await machine.finish(file.read([blocks[1] as Buffer], begin + stride))
  await machine.finish(file.write([blocks[1] as Buffer], begin))
  await machine.finish(file.write([blocks[0] as Buffer], begin + stride))
  await assert.rejects(get('large'), code('InternalError'))
  assert.equal(
    (await get('large', { range: { first: 2 * blockBytes } })).length,
    contents.large.length - 2 * blockBytes,
  )
})

test('corruption: a drive that fails to read is told, and read again next time', async () => {
  for (const kind of kinds) {
    const { machine, get } = await stored()
    machine.drive.failAt(1, 'EIO', /^read /)
    await assert.rejects(get(kind), code('InternalError'))
    assert.equal(machine.events.faults.length, 1)
    assert.ok((await get(kind)).equals(contents[kind]))
  }
})
