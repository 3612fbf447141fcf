import type { ChunkFiles } from '../../store/embedded/data/chunk-reader.ts'
import { decodeChunkHeader } from '../../store/embedded/format/chunk-header.ts'
import { chunkOf, type StoredData } from '../../store/embedded/stripes/stored-data.ts'
import { chunkPlace } from '../chunk-place.ts'

/** For whom a data was written, as the header of one of its chunks has it: a hint for salvage, which goes on with copies. */
export async function readHint(
  data: StoredData,
  chunk: number,
  files: ChunkFiles,
): Promise<{ readonly bucket: string; readonly key: string }> {
  try {
    const place = chunkPlace(chunkOf(data, chunk))
    const drive = place && files.get(place.device)
    if (place === undefined || drive === undefined) return { bucket: '', key: '' }
    const bytes = Buffer.alloc(place.headerBytes)
    await drive.files.use(place.path, (file) => file.read([bytes], place.begin))
    const { bucket, key } = decodeChunkHeader(bytes).header
    return { bucket, key }
  } catch {
    // A chunk can be made without its hint.
    return { bucket: '', key: '' }
  }
}
