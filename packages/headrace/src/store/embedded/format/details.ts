import { ByteReader, ByteWriter } from '../../../core/bytes.ts'
import { idBytes } from '../../../core/ids.ts'
import { requireVersion } from './codes.ts'
import { type Described, readDescribed, writeDescribed } from './content.ts'

const formatVersion = 1

/** The part of a data that an entry uses. */
export interface Extent {
  /** 16 bytes. */
  readonly dataId: Buffer
  readonly offset: number
  readonly length: number
}

/** One part of an object that was uploaded in parts: the next bytes of its extents. */
export interface EntryPart {
  readonly sizeBytes: number
  /** Raw checksum of the part, of the upload's algorithm; empty when there is none. */
  readonly checksum: Buffer
}

/** What a read of an object needs and a listing does not. */
export interface Details extends Described {
  readonly extents: readonly Extent[]
  /** Empty for an object that was written at once. */
  readonly parts: readonly EntryPart[]
}

export function encodeDetails(details: Details): Buffer {
  const writer = new ByteWriter(256 + 40 * details.extents.length)
  writer.u8(formatVersion)
  writeExtents(writer, details.extents)
  writer.varint(details.parts.length)
  for (const { sizeBytes, checksum } of details.parts) writer.varint(sizeBytes).bytes(checksum)
  writeDescribed(writer, details)
  return writer.finish()
}

export function decodeDetails(bytes: Buffer): Details {
  const reader = new ByteReader(bytes)
  requireVersion(reader.u8(), formatVersion, 'the details of an entry')
  const extents = readExtents(reader)
  const parts: EntryPart[] = []
  for (let count = reader.varint(); count > 0; count -= 1) {
    parts.push({ sizeBytes: reader.varint(), checksum: reader.bytes() })
  }
  return { extents, parts, ...readDescribed(reader) }
}

export function writeExtents(writer: ByteWriter, extents: readonly Extent[]): void {
  writer.varint(extents.length)
  for (const { dataId, offset, length } of extents) writer.raw(dataId).varint(offset).varint(length)
}

export function readExtents(reader: ByteReader): Extent[] {
  const extents: Extent[] = []
  for (let count = reader.varint(); count > 0; count -= 1) {
    extents.push({ dataId: reader.raw(idBytes), offset: reader.varint(), length: reader.varint() })
  }
  return extents
}
