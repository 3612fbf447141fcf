import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { FormatError } from '../../../core/bytes.ts'

/** Where things stand in a meta page of lmdb-js's LMDB, data version 2; the first two pages of a file are such. */
const at = { magic: 24, version: 28, pageBytes: 48, lastPage: 144, end: 152 } as const
const magic = 0xbeefc0de
const version = 2

/**
 * Looks whether a file can be an LMDB environment, and is as long as it says: LMDB maps it, and the process would not
 * survive reading what is not there.
 * @throws FormatError when it cannot
 */
export function requireLmdbFile(path: string, pageBytes: number): void {
  const file = openSync(path, 'r')
  try {
    const sizeBytes = fstatSync(file).size
    for (const page of [0, 1]) {
      const meta = Buffer.alloc(at.end)
      const read = readSync(file, meta, 0, meta.length, page * pageBytes)
      const isMeta =
        read === meta.length && meta.readUInt32LE(at.magic) === magic && meta.readUInt32LE(at.version) === version
      if (!isMeta || meta.readUInt32LE(at.pageBytes) !== pageBytes) throw new FormatError(`${path} is not an index`)
      const pages = Number(meta.readBigUInt64LE(at.lastPage)) + 1
      if (sizeBytes < pages * pageBytes)
        throw new FormatError(`${path} is cut off: it has ${sizeBytes} bytes and ${pages} pages`)
    }
  } finally {
    closeSync(file)
  }
}
