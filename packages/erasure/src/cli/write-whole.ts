import { type FileHandle, open, rename, rm } from 'node:fs/promises'

/** Bytes that are gathered before they are written, for small stripe units would make many small writes. */
const gatherBytes = 1_048_576

/**
 * Writes files through `.part` files that are renamed when all of them are whole, so that a failure leaves nothing half
 * written and no older file spoilt. `append` adds bytes to the file at that place in `paths`; it has copied them when it
 * resolves, and is not called for the same file before that.
 */
export async function writeWhole(
  paths: readonly string[],
  write: (append: (at: number, bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const writers: PartWriter[] = []
  try {
    for (const path of paths) writers.push(new PartWriter(path, await open(`${path}.part`, 'w')))
    await write((at, bytes) => writers[at]!.append(bytes))
    for (const writer of writers) await writer.finish()
    for (const { path } of writers) await rename(`${path}.part`, path)
  } catch (error) {
    await Promise.all(writers.map((writer) => writer.abandon()))
    throw error
  }
}

class PartWriter {
  readonly path: string
  readonly #handle: FileHandle
  readonly #gathered = new Uint8Array(gatherBytes)
  #gatheredBytes = 0

  constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + gatherBytes - this.#gatheredBytes)
      this.#gathered.set(part, this.#gatheredBytes)
      this.#gatheredBytes += part.length
      at += part.length
      if (this.#gatheredBytes === gatherBytes) await this.#flush()
    }
  }

  async finish(): Promise<void> {
    await this.#flush()
    await this.#handle.close()
  }

  async abandon(): Promise<void> {
    await this.#handle.close()
    await rm(`${this.path}.part`, { force: true })
  }

  async #flush(): Promise<void> {
    await this.#handle.appendFile(this.#gathered.subarray(0, this.#gatheredBytes))
    this.#gatheredBytes = 0
  }
}
