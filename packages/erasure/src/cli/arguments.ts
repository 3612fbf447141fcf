import { type Code, createCode } from '../code.ts'
import { ErasureError } from '../errors.ts'
import { checkLayout } from '../layout.ts'
import type { Technique } from '../profile.ts'

/** Ceph's defaults for the isa plugin, so that one profile means one code in both. */
const defaults = { plugin: 'isa', technique: 'reed_sol_van', k: '7', m: '3' }

/** The code of a profile as Ceph writes it: `plugin=isa,technique=cauchy,k=4,m=2`. */
export function parseProfile(text: string): Code {
  const settings = new Map(Object.entries(defaults))
  for (const setting of text.split(/[, ]/)) {
    const [key = '', value] = setting.split('=', 2)
    if (value === undefined) throw badArgument(`profile: ${setting || text} is not of the form key=value`)
    if (!settings.has(key) && !key.startsWith('crush-')) {
      throw badArgument(`profile: ${key} is not known; plugin, technique, k and m are (crush-… is accepted and unused)`)
    }
    settings.set(key, value)
  }
  if (settings.get('plugin') !== 'isa') {
    throw badArgument(`profile: plugin=${settings.get('plugin')} is not available; isa is`)
  }
  return createCode({
    k: parseCount('k', settings.get('k')!),
    m: parseCount('m', settings.get('m')!),
    technique: settings.get('technique') as Technique, // checked by createCode
  })
}

/** A whole number from 0, written in decimal. */
export function parseCount(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw badArgument(`${name} is ${text || 'empty'}: it must be a whole number`)
}

/** A stripe unit in bytes. */
export function parseUnit(text: string): number {
  const unitBytes = parseCount('the stripe unit', text)
  checkLayout({ unitBytes, sizeBytes: 0 })
  return unitBytes
}

/** Indexes of chunks of a code: `0,1,5`. */
export function parseIndexes({ k, m }: Code, text: string): number[] {
  const indexes = text.split(',').map((index) => parseCount('a chunk index', index))
  const wrong = indexes.find((index, at) => index >= k + m || indexes.indexOf(index) !== at)
  if (wrong === undefined) return indexes
  throw badArgument(`${text}: ${wrong} is given twice or past the last chunk, ${k + m - 1}`)
}

function badArgument(message: string): ErasureError {
  return new ErasureError('badProfile', message)
}
