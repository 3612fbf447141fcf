/** Why bytes are written again. */
export type MoveCause = 'healed' | 'moved' | 'reencoded'

/** What background work has read and written, in bytes of chunks: to be put beside what was predicted. */
export interface MoveTotals {
  readonly healedBytes: number
  readonly movedBytes: number
  readonly reencodedBytes: number
  readonly readBytes: number
  readonly writtenBytes: number
  /** By device. */
  readonly drives: readonly { readonly device: number; readonly readBytes: number; readonly writtenBytes: number }[]
}

/** Counts what is read and written. What was read to check it counts as well; what was written in vain does too. */
export class MoveFigures {
  readonly #byCause: Record<MoveCause, number> = { healed: 0, moved: 0, reencoded: 0 }
  readonly #byDevice = new Map<number, { readBytes: number; writtenBytes: number }>()

  read(device: number, bytes: number): void {
    this.#of(device).readBytes += bytes
  }

  wrote(device: number, bytes: number): void {
    this.#of(device).writtenBytes += bytes
  }

  /** A row names what was written. */
  committed(cause: MoveCause, bytes: number): void {
    this.#byCause[cause] += bytes
  }

  totals(): MoveTotals {
    const drives = [...this.#byDevice].sort(([a], [b]) => a - b).map(([device, bytes]) => ({ device, ...bytes }))
    return {
      healedBytes: this.#byCause.healed,
      movedBytes: this.#byCause.moved,
      reencodedBytes: this.#byCause.reencoded,
      readBytes: drives.reduce((sum, { readBytes }) => sum + readBytes, 0),
      writtenBytes: drives.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0),
      drives,
    }
  }

  #of(device: number): { readBytes: number; writtenBytes: number } {
    let bytes = this.#byDevice.get(device)
    if (bytes === undefined) {
      bytes = { readBytes: 0, writtenBytes: 0 }
      this.#byDevice.set(device, bytes)
    }
    return bytes
  }
}
