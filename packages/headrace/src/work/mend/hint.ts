import { decodeChunkHeader } from '../../store/embedded/format/chunk-header.ts'

/**
 * For whom a data was written, as the headers of its chunks have it: a hint for salvage, which goes on with copies. It is
 * found in the first header that is read; a chunk can be made without it.
 */
export class Hint {
  #found: { readonly bucket: string; readonly key: string } | undefined

  get isFound(): boolean {
    return this.#found !== undefined
  }

  take(header: Buffer): void {
    try {
      const { bucket, key } = decodeChunkHeader(header).header
      this.#found ??= { bucket, key }
    } catch {
      // The next header may be good; blocks have checksums of their own.
    }
  }

  get names(): { readonly bucket: string; readonly key: string } {
    return this.#found ?? { bucket: '', key: '' }
  }
}
