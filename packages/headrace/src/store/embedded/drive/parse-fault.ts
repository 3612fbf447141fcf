import { type Fault, type FaultCode, faultCodes } from './faulty-drive.ts'
import { parseDuration } from './parse-duration.ts'

/** A fault as options of a command line say it: `--delay 1s --error EIO --reads --share 10%`. */
export interface FaultOptions {
  readonly delay?: string
  readonly error?: string
  readonly stuck?: boolean
  readonly corrupt?: boolean
  readonly reads?: boolean
  readonly writes?: boolean
  readonly share?: string
}

/** @throws Error that names the option and what it may be */
export function parseFault(options: FaultOptions): Fault {
  const { delay, error, stuck = false, corrupt = false, reads = false, writes = false, share } = options
  if (delay === undefined && error === undefined && !stuck && !corrupt) {
    throw new Error('Say what the drive is to do: --delay DURATION, --error CODE, --stuck or --corrupt.')
  }
  if (corrupt && writes && !reads)
    throw new Error('--corrupt flips bits of what is read: it does not go with --writes.')
  return {
    calls: reads === writes ? 'all' : reads ? 'read' : 'write',
    delayMs: delay === undefined ? 0 : parseDelay(delay),
    errorCode: error === undefined ? null : parseCode(error),
    isStuck: stuck,
    flipsBits: corrupt,
    probability: share === undefined ? 1 : parseShare(share),
  }
}

function parseDelay(text: string): number {
  try {
    return parseDuration(text)
  } catch (error) {
    throw new Error(`--delay: ${(error as Error).message}`)
  }
}

function parseCode(text: string): FaultCode {
  const code = faultCodes.find((code) => code === text.toUpperCase())
  if (code === undefined) throw new Error(`--error: \`${text}\` is none of ${faultCodes.join(', ')}.`)
  return code
}

/** `10%` or `0.1`: above 0, up to all. */
function parseShare(text: string): number {
  const [, amount, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim()) ?? []
  const share = Number(amount) / (percent === '%' ? 100 : 1)
  if (!(share > 0 && share <= 1)) {
    throw new Error(`--share: \`${text}\` is no share of the calls: write 10% or 0.1, up to 100%.`)
  }
  return share
}
