import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FormatError } from '../../src/core/bytes.ts'
import { decodeBucketRow, encodeBucketRow } from '../../src/store/embedded/format/bucket-row.ts'
import { seal, unseal } from '../../src/store/embedded/format/checksum.ts'
import { decodeChunkHeader, encodeChunkHeader } from '../../src/store/embedded/format/chunk-header.ts'
import { decodeCompletedRow, encodeCompletedRow } from '../../src/store/embedded/format/completed-row.ts'
import * as counters from '../../src/store/embedded/format/counters.ts'
import { decodeDataRow, encodeDataRow } from '../../src/store/embedded/format/data-row.ts'
import { decodeDetails, encodeDetails } from '../../src/store/embedded/format/details.ts'
import { decodeDeviceFile, encodeDeviceFile } from '../../src/store/embedded/format/device-file.ts'
import { decodeEntry, decodeListedEntry, encodeEntry, stampEntry } from '../../src/store/embedded/format/entry.ts'
import { decodeIndexState, encodeIndexState } from '../../src/store/embedded/format/index-state.ts'
import { decodeJournalRecord, encodeJournalRecord } from '../../src/store/embedded/format/journal-record.ts'
import { decodePartRow, encodePartRow } from '../../src/store/embedded/format/part-row.ts'
import { decodeUploadRow, encodeUploadRow } from '../../src/store/embedded/format/upload-row.ts'

const id = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
const md5 = Buffer.from('d41d8cd98f00b204e9800998ecf8427e', 'hex')
const described = {
  content: { contentType: 'text/plain', cacheControl: 'no-store' },
  metadata: { a: 'b', ü: 'ö' },
  tags: [{ key: 'k', value: 'v' }],
}
const checksum = { kind: { algorithm: 'CRC32C', type: 'COMPOSITE' }, bytes: Buffer.from('01020304', 'hex') } as const

/** One sample of each structure, as the first release writes it. What was written once must be read for ever. */
const samples: readonly {
  readonly name: string
  readonly value: object
  readonly encode: (value: never) => Buffer
  readonly decode: (bytes: Buffer) => unknown
  readonly golden: string
}[] = [
  {
    name: 'entry',
    value: {
      commitSeq: 0x1_0000_0002,
      lastModifiedMs: 1_795_274_000_123,
      sizeBytes: 5_000_000_000_000,
      md5,
      partsCount: 3,
      tagCount: 1,
      storageClass: 'STANDARD',
      acl: 'public-read',
      checksum,
      writeId: id,
      details: { inline: Buffer.from('details') },
    },
    encode: encodeEntry,
    decode: decodeEntry,
    golden:
      '01000200000001000000fb46abfea1010000005039278c040000d41d8cd98f00b204e9800998ecf8427e0300008201010001' +
      '02030405060708090a0b0c0d0e0f04010203040000000764657461696c73',
  },
  {
    name: 'entry of another storage class',
    value: {
      commitSeq: 0x1_0000_0002,
      lastModifiedMs: 1_795_274_000_123,
      sizeBytes: 5_000_000_000_000,
      md5,
      partsCount: 3,
      tagCount: 1,
      storageClass: 'GLACIER_IR',
      acl: 'public-read',
      checksum,
      writeId: id,
      details: { inline: Buffer.from('details') },
    },
    encode: encodeEntry,
    decode: decodeEntry,
    golden:
      '01000200000001000000fb46abfea1010000005039278c040000d41d8cd98f00b204e9800998ecf8427e0300058201010001' +
      '02030405060708090a0b0c0d0e0f04010203040000000764657461696c73',
  },
  {
    name: 'details',
    value: {
      extents: [{ dataId: id, offset: 300, length: 70_000 }],
      parts: [{ sizeBytes: 70_000, checksum: Buffer.from('0102', 'hex') }],
      ...described,
    },
    encode: encodeDetails,
    decode: decodeDetails,
    golden:
      '0101000102030405060708090a0b0c0d0e0fac02f0a20401f0a20402010202000a746578742f706c61696e04086e6f2d7374' +
      '6f7265020161016202c3bc02c3b601016b0176',
  },
  {
    name: 'data row',
    value: {
      references: 2,
      pool: 1,
      lengthBytes: 123_456,
      chunks: [
        { kind: 'missing' },
        { kind: 'file', device: 1, session: 2, serial: 0 },
        { kind: 'segment', device: 3, segment: { session: 4, number: 5 }, offset: 6, headerBytes: 64, recordBytes: 7 },
      ],
    },
    encode: encodeDataRow,
    decode: decodeDataRow,
    golden: '0102000000010040e2010000000000030001010002000000020300040000000500000006000000400007000000',
  },
  {
    name: 'inline data row',
    value: { references: 1, pool: 1, lengthBytes: 5, chunks: 'inline' },
    encode: encodeDataRow,
    decode: decodeDataRow,
    golden: '010100000001000500000000000000ff',
  },
  {
    name: 'bucket row',
    value: {
      id: 7,
      createdMs: 1_795_274_000_123,
      ownerId: 'f'.repeat(64),
      ownerName: 'alice',
      location: 'eu-west-1',
      acl: 'public-read',
    },
    encode: encodeBucketRow,
    decode: decodeBucketRow,
    golden:
      '0107000000fb46abfea101000040666666666666666666666666666666666666666666666666666666666666666666666666' +
      '6666666666666666666666666666666666666666666666666666666605616c6963650965752d776573742d3101',
  },
  {
    name: 'upload row',
    value: {
      initiatedMs: 1_795_274_000_123,
      checksum: { algorithm: 'SHA256', type: 'COMPOSITE' },
      acl: 'private',
      storageClass: 'REDUCED_REDUNDANCY',
      ...described,
    },
    encode: encodeUploadRow,
    decode: decodeUploadRow,
    golden: '02fb46abfea101000085000702000a746578742f706c61696e04086e6f2d73746f7265020161016202c3bc02c3b601016b0176',
  },
  {
    name: 'part row',
    value: {
      sizeBytes: 5_242_880,
      lastModifiedMs: 1_795_274_000_123,
      md5,
      isHashed: true,
      checksum: { algorithm: 'CRC64NVME', bytes: Buffer.from('0102030405060708', 'hex') },
      extents: [{ dataId: id, offset: 0, length: 5_242_880 }],
    },
    encode: encodePartRow,
    decode: decodePartRow,
    golden:
      '010000500000000000fb46abfea1010000d41d8cd98f00b204e9800998ecf8427e0103080102030405060708010001020304' +
      '05060708090a0b0c0d0e0f008080c002',
  },
  {
    name: 'completed row',
    value: { bucketId: 7, key: 'k/ü', completedMs: 1_795_274_000_123, md5, partsCount: 2, checksum },
    encode: encodeCompletedRow,
    decode: decodeCompletedRow,
    golden: '0107000000046b2fc3bcfb46abfea1010000d41d8cd98f00b204e9800998ecf8427e0200820401020304',
  },
  {
    name: 'usage',
    value: { objects: 5, bytes: 2 ** 45 },
    encode: counters.encodeUsage,
    decode: counters.decodeUsage,
    golden: '0105000000000000000000000000200000',
  },
  {
    name: 'segment row',
    value: { liveRecords: 5, liveBytes: 600_000, sealedBytes: 268_435_456 },
    encode: counters.encodeSegmentRow,
    decode: counters.decodeSegmentRow,
    golden: '010500000000000000c0270900000000000000001000000000',
  },
  {
    name: 'session',
    value: { processId: 4711, startedMs: 1_795_274_000_123 },
    encode: counters.encodeSession,
    decode: counters.decodeSession,
    golden: '0167120000fb46abfea1010000',
  },
  {
    name: 'journal record',
    value: {
      firstSeq: 10,
      lastSeq: 11,
      term: 99,
      writes: [
        { database: 'meta', key: Buffer.from('commitSeq'), value: Buffer.from('x') },
        { database: 'objects', key: id, value: undefined },
      ],
    },
    encode: encodeJournalRecord,
    decode: decodeJournalRecord,
    golden:
      '48524a3101000000220000000a000000000000000b000000000000006300000081e8873c020009636f6d6d69745365710101' +
      '780210000102030405060708090a0b0c0d0e0f00',
  },
  {
    name: 'chunk header',
    value: {
      dataId: id,
      chunk: 0,
      k: 4,
      m: 2,
      blockBytes: 65_536,
      dataBytes: 123_456,
      chunkBytes: 123_456,
      session: 3,
      bucket: 'b',
      key: 'ü',
    },
    encode: encodeChunkHeader,
    decode: (bytes) => decodeChunkHeader(bytes).header,
    golden:
      '48524331014000000102030405060708090a0b0c0d0e0f0004020000010040e201000000000040e201000000000003000000' +
      '016202c3bc00000000001ec75dcf',
  },
]

for (const { name, value, encode, decode, golden } of samples) {
  test(`${name}: is written as the golden sample, and read from it`, () => {
    assert.equal(encode(value as never).toString('hex'), golden)
    assert.deepEqual(decode(Buffer.from(golden, 'hex')), value)
  })

  test(`${name}: cut off anywhere, or of another version, it is a FormatError`, () => {
    const bytes = Buffer.from(golden, 'hex')
    for (let length = 0; length < bytes.length; length += 1) {
      try {
        decode(bytes.subarray(0, length))
      } catch (error) {
        assert.ok(error instanceof FormatError, `${length} bytes: ${error}`)
      }
    }
  })
}

test('entry: a listing reads what it shows from the head', () => {
  const bytes = Buffer.from(samples[0]?.golden ?? '', 'hex')
  assert.deepEqual(decodeListedEntry(bytes), {
    sizeBytes: 5_000_000_000_000,
    etag: `${md5.toString('hex')}-3`,
    lastModifiedMs: 1_795_274_000_123,
    storageClass: 'STANDARD',
    checksum: checksum.kind,
  })
  stampEntry(bytes, 2 ** 40 + 5)
  assert.equal(decodeEntry(bytes).commitSeq, 2 ** 40 + 5)
})

test('entry: storage classes have the numbers that they were written with', () => {
  const bytes = Buffer.from(samples[0]?.golden ?? '', 'hex')
  const byNumber = [
    'STANDARD',
    'STANDARD_IA',
    'ONEZONE_IA',
    'INTELLIGENT_TIERING',
    'GLACIER',
    'GLACIER_IR',
    'DEEP_ARCHIVE',
    'REDUCED_REDUNDANCY',
  ]
  for (const [number, storageClass] of byNumber.entries()) {
    bytes[44] = number
    assert.equal(decodeListedEntry(bytes).storageClass, storageClass)
    assert.equal(decodeEntry(bytes).storageClass, storageClass)
    assert.ok(encodeEntry(decodeEntry(bytes)).equals(bytes))
  }
  bytes[44] = byNumber.length
  assert.throws(() => decodeEntry(bytes), FormatError)
})

test('upload row: version 1 had no storage class', () => {
  const row = '01fb46abfea1010000850002000a746578742f706c61696e04086e6f2d73746f7265020161016202c3bc02c3b601016b0176'
  assert.deepEqual(decodeUploadRow(Buffer.from(row, 'hex')), {
    initiatedMs: 1_795_274_000_123,
    checksum: { algorithm: 'SHA256', type: 'COMPOSITE' },
    acl: 'private',
    storageClass: 'STANDARD',
    ...described,
  })
})

test('device.json and index/state.json: are read as they were written', () => {
  const device = { storeId: 's', deviceId: 'd', device: 0, createdMs: 1 }
  assert.deepEqual(decodeDeviceFile(encodeDeviceFile(device)), device)
  const state = { generation: 3, bootId: 'b', clean: true }
  assert.deepEqual(decodeIndexState(encodeIndexState(state)), state)
  for (const bad of ['', '{', '{"formatVersion":9}', '{"formatVersion":1}']) {
    assert.throws(() => decodeDeviceFile(Buffer.from(bad)), FormatError)
  }
})

test('seal: every flipped bit of a value is noticed', () => {
  const sealed = seal(Buffer.from('a value of the index'))
  assert.equal(unseal(sealed).toString(), 'a value of the index')
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const flipped = Buffer.from(sealed)
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
    assert.throws(() => unseal(flipped), FormatError)
  }
  assert.throws(() => unseal(Buffer.alloc(3)), FormatError)
})

test('journal record and chunk header: every flipped bit is noticed', () => {
  for (const { name, decode, golden } of samples.filter(
    (s) => s.name === 'journal record' || s.name === 'chunk header',
  )) {
    const bytes = Buffer.from(golden, 'hex')
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      assert.throws(() => decode(flipped), FormatError, `${name}, bit ${bit}`)
    }
  }
})
