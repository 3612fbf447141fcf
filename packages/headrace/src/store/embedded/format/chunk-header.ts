import { ByteReader, ByteWriter, FormatError } from '../../../core/bytes.ts'
import { idBytes } from '../../../core/ids.ts'
import { crc32c } from './checksum.ts'
import { requireVersion } from './codes.ts'

const formatVersion = 1
const magic = 0x31435248 // "HRC1"

/** What stands before the blocks of a chunk, in a file of its own or in a segment: enough to know it without the index. */
export interface ChunkHeader {
  readonly dataId: Buffer
  readonly chunk: number
  /** Data chunks and coding chunks of its stripes. */
  readonly k: number
  readonly m: number
  readonly blockBytes: number
  /** Size of the whole data, and of the blocks of this chunk without their checksums. */
  readonly dataBytes: number
  readonly chunkBytes: number
  readonly session: number
  /** Bucket and key that it was written for: a hint for salvage, nothing else. */
  readonly bucket: string
  readonly key: string
}

/** Headers of chunk files take one page, so that their blocks begin at a page. */
export const chunkFileHeaderBytes = 4096

/** Headers in segments are padded to a multiple of this. */
const alignment = 64

/** @param sizeBytes pad to this size; default: what it takes, aligned */
export function encodeChunkHeader(header: ChunkHeader, sizeBytes?: number): Buffer {
  const writer = new ByteWriter(256)
  writer.u32(magic).u8(formatVersion).u16(0).raw(header.dataId)
  writer.u8(header.chunk).u8(header.k).u8(header.m).u32(header.blockBytes)
  writer.u64(header.dataBytes).u64(header.chunkBytes).u32(header.session).text(header.bucket).text(header.key)
  const size = sizeBytes ?? Math.ceil((writer.length + 4) / alignment) * alignment
  const bytes = Buffer.alloc(size)
  bytes.set(writer.finish())
  bytes.writeUInt16LE(size, 5)
  bytes.writeUInt32LE(crc32c(bytes.subarray(0, size - 4)), size - 4)
  return bytes
}

/**
 * @param bytes begins with a header; may go on behind it
 * @throws FormatError when there is no whole header of a known version
 */
export function decodeChunkHeader(bytes: Buffer): { header: ChunkHeader; headerBytes: number } {
  const reader = new ByteReader(bytes)
  if (reader.u32() !== magic) throw new FormatError('this is not the header of a chunk')
  requireVersion(reader.u8(), formatVersion, 'the header of a chunk')
  const headerBytes = reader.u16()
  if (headerBytes < alignment || headerBytes > bytes.length) throw new FormatError('the header of a chunk is cut off')
  if (crc32c(bytes.subarray(0, headerBytes - 4)) !== bytes.readUInt32LE(headerBytes - 4)) {
    throw new FormatError('the header of a chunk does not match its checksum')
  }
  const header = {
    dataId: Buffer.from(reader.raw(idBytes)),
    chunk: reader.u8(),
    k: reader.u8(),
    m: reader.u8(),
    blockBytes: reader.u32(),
    dataBytes: reader.u64(),
    chunkBytes: reader.u64(),
    session: reader.u32(),
    bucket: reader.text(),
    key: reader.text(),
  }
  return { header, headerBytes }
}
