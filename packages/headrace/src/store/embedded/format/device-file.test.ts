import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FormatError } from '../../../core/bytes.ts'
import { decodeDeviceFile, encodeDeviceFile } from './device-file.ts'

const device = { storeId: 'a5c3', deviceId: 'b6d4', device: 3, createdMs: 1_700_000_000_000 }

test('device file: what was written is read, however it is laid out', () => {
  const bytes = encodeDeviceFile(device)
  assert.deepEqual(decodeDeviceFile(bytes), device)
  assert.deepEqual(decodeDeviceFile(Buffer.from(JSON.stringify(JSON.parse(bytes.toString())))), device)
})

test('device file: one from before there were checksums', () => {
  assert.deepEqual(decodeDeviceFile(Buffer.from(JSON.stringify({ formatVersion: 1, ...device }))), device)
})

test('device file: no flipped bit makes it another drive', () => {
  const bytes = encodeDeviceFile(device)
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    try {
      // White space that became other white space is no damage.
      assert.deepEqual(decodeDeviceFile(flipped), device)
    } catch (error) {
      assert.ok(error instanceof FormatError, `bit ${bit}: ${error}`)
    }
  }
})
