import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { seededChance } from '../../support/bytes.ts'

/** One flip in each so many bytes, and so many in each file at least. */
const bytesPerFlip = 64 * 1024
const flipsMin = 3

/** Flips bits of a file where chance has it. */
export function flipBits(path: string): void {
  const chance = seededChance(path)
  const file = openSync(path, 'r+')
  try {
    const { size } = fstatSync(file)
    if (size === 0) return
    const byte = Buffer.alloc(1)
    for (let flip = 0; flip < Math.max(flipsMin, size / bytesPerFlip); flip += 1) {
      const at = chance(size)
      readSync(file, byte, 0, 1, at)
      byte[0] = (byte[0] as number) ^ (1 << chance(8))
      writeSync(file, byte, 0, 1, at)
    }
  } finally {
    closeSync(file)
  }
}
