import { parseArgs } from 'node:util'
import { weightOne } from '../map/weight.ts'

/** A command line that makes no sense: the program prints it with the usage and exits with 2. */
export class UsageError extends Error {}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>

/** Parses a command's arguments: options as `parseArgs` takes them, and at most `positionalsMax` file names. */
export function parseCommandLine<const O extends Options>(args: readonly string[], options: O, positionalsMax: number) {
  try {
    const parsed = parseArgs({ args: joinWeights(args), options, allowPositionals: true, strict: true })
    if (parsed.positionals.length <= positionalsMax) return parsed
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  throw new UsageError(
    positionalsMax === 0 ? 'this command takes no file names' : `at most ${positionalsMax} file names`,
  )
}

/** `--weight DEVICE WEIGHT` has two values, which no parser of Node knows: joined by a colon it has one. */
function joinWeights(args: readonly string[]): string[] {
  const joined: string[] = []
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index]!
    if (arg === '--weight' || arg === '-w') {
      joined.push(`--weight=${args[index + 1] ?? ''}:${args[index + 2] ?? ''}`)
      index += 2
    } else joined.push(arg)
  }
  return joined
}

/** An option's value as an integer of at least `least`; undefined when it is not given. */
export function integer(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^-?\d+$/.test(text) && value >= least) return value
  throw new UsageError(`--${name} must be an integer of at least ${least}, not ${text}`)
}

/** An option that must be given. */
export function required<Value>(name: string, value: Value | undefined): Value {
  if (value === undefined) throw new UsageError(`--${name} is missing`)
  return value
}

/** Writes every `DEVICE:WEIGHT` (a real number, 0 for out to 1 for in) into a list of reweights. */
export function applyWeights(given: readonly string[] | undefined, weights: Uint32Array): Uint32Array {
  for (const text of given ?? []) {
    const [, device = '', weight = ''] = /^(\d+):(\d*\.?\d+)$/.exec(text) ?? []
    if (device === '') throw new UsageError('--weight takes a device id and a weight: --weight 3 0.5')
    if (Number(device) < weights.length) {
      weights[Number(device)] = Math.min(weightOne, Math.trunc(Math.fround(Number(weight)) * weightOne))
    }
  }
  return weights
}
