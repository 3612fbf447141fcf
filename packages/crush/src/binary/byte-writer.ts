/** Writes little-endian numbers and length-prefixed strings to a byte string that grows as needed. */
export class ByteWriter {
  #bytes = new Uint8Array(4096)
  #view = new DataView(this.#bytes.buffer)
  #size = 0

  u8(value: number): void {
    const at = this.#grow(1)
    this.#view.setUint8(at, value)
  }

  u16(value: number): void {
    const at = this.#grow(2)
    this.#view.setUint16(at, value, true)
  }

  u32(value: number): void {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
  }

  s32(value: number): void {
    const at = this.#grow(4)
    this.#view.setInt32(at, value, true)
  }

  s64(value: number): void {
    const at = this.#grow(8)
    this.#view.setBigInt64(at, BigInt(value), true)
  }

  string(value: string): void {
    const encoded = new TextEncoder().encode(value)
    this.u32(encoded.length)
    const at = this.#grow(encoded.length)
    this.#bytes.set(encoded, at)
  }

  /** A map from integers to values: its size, then the entries by rising key. */
  map<Value>(entries: Iterable<readonly [number, Value]>, write: (value: Value) => void): void {
    const sorted = [...entries].sort(([a], [b]) => a - b)
    this.u32(sorted.length)
    for (const [key, value] of sorted) {
      this.s32(key)
      write(value)
    }
  }

  /** What was written so far. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#size)
  }

  #grow(size: number): number {
    const at = this.#size
    this.#size += size
    if (this.#size > this.#bytes.length) {
      const larger = new Uint8Array(this.#size * 2)
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
}
