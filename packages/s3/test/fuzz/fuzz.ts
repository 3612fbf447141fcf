import { test } from 'node:test'
import { S3Error } from '../../src/index.ts'

/** Something that takes bytes of anybody's making. */
export interface FuzzTarget {
  readonly name: string
  /** Good inputs, to be spoilt. */
  readonly seeds: readonly (string | Uint8Array)[]
  /** Pieces that mean something to the target. */
  readonly dictionary: readonly string[]
  /** Longest input; default 128 KiB. */
  readonly bytesMax?: number
  /** May return or throw an S3Error; everything else is a finding. */
  readonly run: (input: Buffer) => void
}

/** Default 2: long enough to find what is easy to find. */
const seconds = Number(process.env.HEADRACE_FUZZ_SECONDS ?? 2)
const defaultBytesMax = 128 * 1024

/**
 * Time that an input may take: what linear work takes on a slow and busy machine. Work that grows with the square of the
 * greatest inputs takes far more.
 */
function timeMsMax(bytes: number): number {
  return 100 + bytes * 0.01
}

/** Runs a target with spoilt inputs for `HEADRACE_FUZZ_SECONDS`. A failure prints its seed and its input. */
export function fuzz(target: FuzzTarget): void {
  test(`fuzz: ${target.name}`, (context) => {
    const seed = Number(process.env.HEADRACE_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))
    const random = newRandom(seed)
    const seeds = target.seeds.map((bytes) => Buffer.from(bytes))
    for (const input of seeds) check(target, input, seed)
    const endMs = performance.now() + seconds * 1000
    let runs = 0
    for (; performance.now() < endMs; runs += 1) {
      let input: Buffer = pick(random, seeds)
      for (let left = 1 + random(6); left > 0; left -= 1) input = spoil(random, input, target, seeds)
      check(target, input.subarray(0, target.bytesMax ?? defaultBytesMax), seed)
    }
    context.diagnostic(`${runs} inputs, HEADRACE_FUZZ_SEED=${seed}`)
  })
}

function check({ run }: FuzzTarget, input: Buffer, seed: number): void {
  const where = () => `HEADRACE_FUZZ_SEED=${seed}, input in base64: ${input.toString('base64')}`
  for (let attempt = 1; ; attempt += 1) {
    const startMs = performance.now()
    try {
      run(Buffer.from(input))
    } catch (error) {
      if (!(error instanceof S3Error)) throw new Error(`not an S3Error: ${error}. ${where()}`, { cause: error })
    }
    const tookMs = performance.now() - startMs
    if (tookMs <= timeMsMax(input.length)) return
    // The machine may have been busy elsewhere; five times in a row it was not.
    if (attempt === 5) throw new Error(`${input.length} bytes took ${Math.round(tookMs)} ms. ${where()}`)
  }
}

/** Whole numbers from 0 to below `bound`. */
type Random = (bound: number) => number

/** A linear congruential generator with the multiplier of Numerical Recipes; its upper bits are good enough here. */
function newRandom(seed: number): Random {
  let state = seed >>> 0
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)] as T
}

/** One change: of a byte, by a piece that means something, of a part that is left out, doubled, or another's. */
function spoil(random: Random, input: Buffer, target: FuzzTarget, seeds: readonly Buffer[]): Buffer {
  const { dictionary, bytesMax = defaultBytesMax } = target
  const at = random(input.length + 1)
  const end = Math.min(input.length, at + random(random(2) === 0 ? 8 : input.length + 1))
  const replaceBy = (piece: Uint8Array) => Buffer.concat([input.subarray(0, at), piece, input.subarray(end)])
  switch (random(7)) {
    case 0:
      return replaceBy(Uint8Array.of(random(256)))
    case 1:
      return replaceBy(Buffer.from(pick(random, dictionary), 'latin1'))
    case 2:
      return replaceBy(Buffer.alloc(0))
    case 3: {
      const piece = input.subarray(at, end)
      const times = random(8) === 0 ? Math.floor(bytesMax / (piece.length + 1)) : random(4)
      return replaceBy(Buffer.concat(Array.from({ length: times }, () => piece)))
    }
    case 4: {
      const other = pick(random, seeds)
      const from = random(other.length + 1)
      return replaceBy(other.subarray(from, from + random(other.length + 1)))
    }
    case 5:
      return Buffer.from(pick(random, dictionary).repeat(random(8) === 0 ? 4000 : 2), 'latin1')
    default: {
      const changed = Buffer.from(input)
      if (at < changed.length) changed[at] = (changed[at] as number) ^ (1 << random(8))
      return changed
    }
  }
}
