import { ErasureError } from './errors.ts'
import { chunksMax } from './profile.ts'

/**
 * A linear map over GF(2^8) from source chunks to target chunks, byte by byte:
 * target i = XOR over j of coefficients[i · sourceCount + j] · source j. Encoding is one, every rebuild is another.
 */
export interface Combination {
  /** Number of source chunks, from 1. */
  readonly sourceCount: number
  /** Number of target chunks, from 0. */
  readonly targetCount: number
  /** targetCount × sourceCount coefficients, row by row. */
  readonly coefficients: Uint8Array
}

/** What a combination is applied to: buffers of one length in bytes, of which no target overlaps another. */
export interface Buffers {
  readonly sources: readonly Uint8Array[]
  readonly targets: readonly Uint8Array[]
}

/** Checks what `Buffers` promises and returns the length in bytes; throws `badChunks` otherwise. */
export function checkBuffers(combination: Combination, { sources, targets }: Buffers): number {
  const { sourceCount, targetCount } = combination
  if (sources.length !== sourceCount || targets.length !== targetCount) {
    const given = `${sources.length} sources and ${targets.length} targets`
    throw badChunks(`${given} were given where ${sourceCount} and ${targetCount} are needed`)
  }
  checkCombination(combination)
  const length = sources[0]!.length
  checkLengths(sources, length, 'source')
  checkLengths(targets, length, 'target')
  targets.forEach((target, index) => {
    if (sources.some((source) => overlap(target, source))) throw overlapping(index)
    for (let other = index + 1; other < targets.length; other += 1) {
      if (overlap(target, targets[other]!)) throw overlapping(index)
    }
  })
  return length
}

function checkCombination({ sourceCount, targetCount, coefficients }: Combination): void {
  if (sourceCount < 1 || sourceCount + targetCount > chunksMax) {
    throw badChunks(
      `${sourceCount} sources and ${targetCount} targets: at least 1 source and at most ${chunksMax} in all`,
    )
  }
  if (coefficients.length !== sourceCount * targetCount) {
    throw badChunks(`${coefficients.length} coefficients where ${sourceCount} × ${targetCount} are needed`)
  }
}

function checkLengths(buffers: readonly Uint8Array[], length: number, role: string): void {
  const index = buffers.findIndex((buffer) => buffer.length !== length)
  if (index < 0) return
  throw badChunks(`${role} ${index} has ${buffers[index]!.length} bytes where source 0 has ${length}`)
}

function overlap(a: Uint8Array, b: Uint8Array): boolean {
  if (a.buffer !== b.buffer) return false
  return a.byteOffset < b.byteOffset + b.length && b.byteOffset < a.byteOffset + a.length
}

function overlapping(index: number): ErasureError {
  return badChunks(`target ${index} overlaps another buffer: give each target memory of its own`)
}

function badChunks(message: string): ErasureError {
  return new ErasureError('badChunks', message)
}
