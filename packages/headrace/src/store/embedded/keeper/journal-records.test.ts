import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { SimDrive } from '../../../../sim/sim-drive.ts'
import { SimRandom } from '../../../../sim/sim-random.ts'
import { finish } from '../../../../test/support/finish.ts'
import { encodeJournalRecord } from '../format/journal-record.ts'
import { Journal } from './journal.ts'
import { readJournal, salvageJournal } from './journal-records.ts'

function record(seq: number): Buffer {
  const write = { database: 'meta', key: Buffer.from('seq'), value: Buffer.from(String(seq)) } as const
  return encodeJournalRecord({ firstSeq: seq, lastSeq: seq, term: 1, writes: [write] })
}

const size = record(1).length

/** Records 1 to 6, two in each file. */
async function written() {
  const clock = new SimClock()
  const drive = new SimDrive(clock, new SimRandom(1))
  const journal = new Journal(drive, 1, 2 * size)
  const go = <T>(work: Promise<T>) => finish(clock, work)
  for (let seq = 1; seq <= 6; seq += 1) await go(journal.append(record(seq), seq))
  const read = async (afterSeq: number) => {
    const seqs: number[] = []
    for await (const { lastSeq } of readJournal(drive, afterSeq)) seqs.push(lastSeq)
    return seqs
  }
  const salvage = async (afterSeq: number) => {
    const { records, newestSeq } = await go(salvageJournal(drive, afterSeq))
    return { seqs: records.map(({ lastSeq }) => lastSeq), newestSeq }
  }
  const path = (firstSeq: number) => `journal/000000000000000${firstSeq}-00000001.journal`
  return { drive, journal, go, read: (afterSeq: number) => go(read(afterSeq)), salvage, path }
}

test('readJournal: gives what follows a commit, while more is appended', async () => {
  const { journal, go, read } = await written()
  assert.deepEqual(await read(0), [1, 2, 3, 4, 5, 6])
  assert.deepEqual(await read(3), [4, 5, 6])
  assert.deepEqual(await read(6), [])
  await go(journal.append(record(7), 7))
  assert.deepEqual(await read(6), [7])
})

test('readJournal: ends before what is being written, and leaves it', async () => {
  const { drive, go, read, path } = await written()
  const file = await go(drive.open(path(5), 'append'))
  await go(file.write([record(7).subarray(0, size - 1)], 2 * size))
  assert.deepEqual(await read(4), [5, 6])
  assert.equal(drive.files().get(path(5)), 3 * size - 1)
})

test('readJournal: a gap is noticed', async () => {
  const { drive, go, read, path } = await written()
  drive.flipBit(path(3), size + 40)
  await assert.rejects(read(0), /commits 4 to 4 are missing/)
  assert.deepEqual(await read(4), [5, 6])
  await go(drive.remove(path(3)))
  await assert.rejects(read(1), /commits 3 to 4 are missing/)
})

test('salvageJournal: gives what follows without a gap, and says how far the rest goes', async () => {
  const { drive, salvage, path } = await written()
  drive.flipBit(path(5), 10)
  assert.deepEqual(await salvage(0), { seqs: [1, 2, 3, 4], newestSeq: 6 })
  assert.deepEqual(await salvage(5), { seqs: [6], newestSeq: 6 })
  drive.flipBit(path(1), 10)
  assert.deepEqual(await salvage(1), { seqs: [2, 3, 4], newestSeq: 6 })
})
