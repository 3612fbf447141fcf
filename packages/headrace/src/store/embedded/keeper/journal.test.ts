import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { SimDrive } from '../../../../sim/sim-drive.ts'
import { SimRandom } from '../../../../sim/sim-random.ts'
import { type Test, temporaryFolder } from '../../../../test/open-store.ts'
import { FailingDrive } from '../../../../test/support/failing-drive.ts'
import { finish } from '../../../../test/support/finish.ts'
import { openLocalDrive } from '../drive/local-drive.ts'
import { encodeJournalRecord, journalHeaderBytes } from '../format/journal-record.ts'
import { Journal, JournalDamagedError, replayJournal } from './journal.ts'

/** A record of as many commits as named, each of which writes its number. */
function record(firstSeq: number, lastSeq = firstSeq, term = 1): Buffer {
  const writes = Array.from({ length: lastSeq - firstSeq + 1 }, (_, index) => ({
    database: 'meta' as const,
    key: Buffer.from('seq'),
    value: Buffer.from(String(firstSeq + index)),
  }))
  return encodeJournalRecord({ firstSeq, lastSeq, term, writes })
}

async function journalIn(t: Test, { bytesMax }: { bytesMax?: number } = {}) {
  const root = await temporaryFolder(t)
  const local = openLocalDrive(root)
  await local.makeFolder('journal')
  const drive = new FailingDrive(local)
  const open = async (term = 1) => {
    const journal = new Journal(drive, term, bytesMax)
    await journal.open()
    return journal
  }
  const replay = async (afterSeq = 0) => {
    const seqs: number[] = []
    const { lastSeq } = await replayJournal(drive, afterSeq, ({ writes }) => {
      for (const { value } of writes) seqs.push(Number(value))
    })
    return { seqs, lastSeq }
  }
  const files = async () => (await local.list('journal')).sort()
  const path = async (number: number) => join(root, 'journal', (await files())[number] as string)
  return { drive, open, replay, files, path }
}

/** A journal of one file with these records. */
async function written(t: Test, records: readonly Buffer[]) {
  const journal = await journalIn(t)
  const { open, path } = journal
  const opened = await open()
  let seq = 1
  for (const bytes of records) {
    await opened.append(bytes, seq)
    seq += 1
  }
  await opened.close()
  return { ...journal, file: await path(0) }
}

test('replay: gives every commit once, in order, and the same when it is done again', async (t) => {
  const { open, replay } = await journalIn(t)
  assert.deepEqual(await replay(), { seqs: [], lastSeq: 0 })
  const journal = await open()
  await journal.append(record(1), 1)
  await journal.append(record(2, 4), 2)
  await journal.append(record(5), 5)
  await journal.close()
  for (let i = 0; i < 2; i += 1) assert.deepEqual(await replay(), { seqs: [1, 2, 3, 4, 5], lastSeq: 5 })
})

test('replay: a record that its writer was killed before syncing is durable from then on', async () => {
  const clock = new SimClock()
  for (let seed = 0; seed < 20; seed += 1) {
    const drive = new SimDrive(clock, new SimRandom(seed))
    const seqs = async () => {
      const found: number[] = []
      await replayJournal(drive, 0, ({ writes }) => found.push(...writes.map(({ value }) => Number(value))))
      return found
    }
    await finish(
      clock,
      (async () => {
        const journal = new Journal(drive, 1)
        await journal.append(record(1), 1)
        const [name] = await drive.list('journal')
        const file = await drive.open(`journal/${name}`, 'append')
        await file.write([record(2)], record(1).length)
        assert.deepEqual(await seqs(), [1, 2])
        drive.powerUp()
        assert.deepEqual(await seqs(), [1, 2])
      })(),
    )
  }
})

test('replay: passes over what the index has already', async (t) => {
  const { replay } = await written(t, [record(1), record(2), record(3)])
  assert.deepEqual(await replay(2), { seqs: [3], lastSeq: 3 })
  assert.deepEqual(await replay(3), { seqs: [], lastSeq: 3 })
})

test('replay: a record whose tail is missing, wherever it is cut, is taken off', async (t) => {
  const last = record(3)
  const { file, replay } = await written(t, [record(1), record(2), last])
  const whole = await readFile(file)
  for (const cut of [1, journalHeaderBytes - 1, journalHeaderBytes, last.length - 1]) {
    await writeFile(file, whole.subarray(0, whole.length - last.length + cut))
    assert.deepEqual(await replay(), { seqs: [1, 2], lastSeq: 2 }, `${cut} bytes`)
    assert.equal((await readFile(file)).length, whole.length - last.length, 'what is appended next, follows directly')
  }
})

test('replay: a last record that does not match its checksum was being written, and is taken off', async (t) => {
  const { file, replay } = await written(t, [record(1), record(2)])
  const bytes = await readFile(file)
  bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
  await writeFile(file, bytes)
  assert.deepEqual(await replay(), { seqs: [1], lastSeq: 1 })
})

test('replay: the rest of an older, longer record behind the last one is no record', async (t) => {
  const { file, replay } = await written(t, [record(1), record(2)])
  // Of another term: bytes of an object that look like a record, or of a file that was used before.
  await writeFile(file, Buffer.concat([await readFile(file), Buffer.alloc(7), record(9, 9, 2)]))
  assert.deepEqual(await replay(), { seqs: [1, 2], lastSeq: 2 })
})

test('replay: bytes of an object that look like a record behind the first one, which was being written, are none', async (t) => {
  const { file, replay } = await written(t, [record(1)])
  await writeFile(file, Buffer.concat([record(1).subarray(0, 40), record(9, 9, 2), Buffer.alloc(9)]))
  assert.deepEqual(await replay(), { seqs: [], lastSeq: 0 })
})

test('replay: a damaged record with others behind it keeps the store closed, and changes nothing', async (t) => {
  const { file, replay } = await written(t, [record(1), record(2), record(3)])
  const whole = await readFile(file)
  for (let at = 0; at < record(1).length; at += 1) {
    const bytes = Buffer.from(whole)
    const place = record(1).length + at
    bytes[place] = (bytes[place] as number) ^ 1
    await writeFile(file, bytes)
    await assert.rejects(replay(), JournalDamagedError, `byte ${at}`)
    assert.equal((await readFile(file)).length, whole.length)
  }
})

test('replay: commits that are missing are noticed', async (t) => {
  const { replay } = await written(t, [record(1), record(3)])
  await assert.rejects(replay(), /commits 2 to 2 are missing/)
  assert.deepEqual(await replay(2), { seqs: [3], lastSeq: 3 })
})

test('append: a full file is followed by another; a missing or damaged one of them is noticed', async (t) => {
  const { open, replay, files, path, drive } = await journalIn(t, { bytesMax: 1 })
  const journal = await open()
  for (const seq of [1, 2, 3]) await journal.append(record(seq), seq)
  await journal.close()
  assert.deepEqual(
    await files(),
    [1, 2, 3].map((seq) => `000000000000000${seq}-00000001.journal`),
  )
  assert.deepEqual(await replay(), { seqs: [1, 2, 3], lastSeq: 3 })
  const middle = await path(1)
  const bytes = await readFile(middle)
  await writeFile(middle, bytes.subarray(0, bytes.length - 1))
  await assert.rejects(replay(), JournalDamagedError)
  await drive.remove('journal/0000000000000002-00000001.journal')
  await assert.rejects(replay(), /commits 2 to 2 are missing/)
})

test('cut: removes the files that are wholly in the snapshot, and only these', async (t) => {
  const { open, replay, files } = await journalIn(t, { bytesMax: 1 })
  const journal = await open()
  for (const seq of [1, 2, 3]) await journal.append(record(seq), seq)
  assert.equal(journal.filesSinceCut, 3)
  assert.equal(journal.bytesSinceCut, 3 * record(1).length)
  await journal.cut(1)
  assert.equal((await files()).length, 2)
  assert.deepEqual(await replay(1), { seqs: [2, 3], lastSeq: 3 })
  await journal.cut(3)
  assert.deepEqual(await files(), ['0000000000000003-00000001.journal'], 'the one that is appended to stays')
  assert.equal(journal.filesSinceCut, 1)
  assert.equal(journal.bytesSinceCut, record(3).length)
  await journal.append(record(4), 4)
  await journal.close()
  assert.deepEqual(await replay(2), { seqs: [3, 4], lastSeq: 4 })
})

test('open: counts what an earlier process left', async (t) => {
  const { open, files } = await written(t, [record(1), record(2)])
  const journal = await open()
  assert.equal(journal.bytesSinceCut, 2 * record(1).length)
  assert.equal(journal.filesSinceCut, 1)
  await journal.append(record(3), 3)
  assert.equal((await files()).length, 2, 'every opening begins a file')
  await journal.close()
})

test('open: of two openings that begin with the same commit, only the one that wrote counts', async (t) => {
  for (const [idle, busy] of [
    [7, 8],
    [8, 7],
  ] as const) {
    const { drive, open, replay, files } = await journalIn(t)
    const journal = await open(busy)
    await journal.append(record(1, 1, busy), 1)
    await journal.append(record(2, 2, busy), 2)
    await journal.close()
    await (await drive.open(`journal/0000000000000001-0000000${idle}.journal`, 'create')).close()
    assert.deepEqual(await replay(0), { seqs: [1, 2], lastSeq: 2 })
    const next = await open(9)
    assert.deepEqual(await files(), [`0000000000000001-0000000${busy}.journal`])
    await next.cut(0)
    assert.equal((await files()).length, 1)
  }
})

test('append: when it fails for want of space, nothing of the record is left', async (t) => {
  const { drive, open, replay } = await journalIn(t)
  const journal = await open()
  await journal.append(record(1), 1)
  for (const call of [1, 2]) {
    drive.failAt(call, 'ENOSPC')
    await assert.rejects(journal.append(record(2, 9), 2), { code: 'ENOSPC' })
  }
  drive.heal()
  await journal.append(record(2), 2)
  await journal.close()
  assert.deepEqual(await replay(), { seqs: [1, 2], lastSeq: 2 })
})

test('append: a file that could not be begun is begun again', async (t) => {
  const { drive, open, replay } = await journalIn(t)
  const journal = await open()
  for (const call of [1, 2]) {
    drive.failAt(call, 'ENOSPC')
    await assert.rejects(journal.append(record(1), 1), { code: 'ENOSPC' })
  }
  drive.heal()
  await journal.append(record(1), 1)
  await journal.close()
  assert.deepEqual(await replay(), { seqs: [1], lastSeq: 1 })
})
