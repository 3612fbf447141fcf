import { MapEditError } from './map-edit-error.ts'
import type { Pool } from './store-map.ts'

/** Data chunks and coding chunks of a stripe; k = 1 is m + 1 copies. */
export type Profile = Pick<Pool, 'k' | 'm'>

/** How small and large data is protected: copies below `smallBytesMax`, where coding would save little and cost reads. */
export interface ProfileBySize {
  readonly small: Profile
  readonly large: Profile
}

/** Data up to this size takes the pool of small data. */
export const smallBytesMax = 128 * 1024

/** Most chunks of a data: the index marks bad ones in a mask of so many bits. */
export const chunksMax = 32

/** By the least number of drives, from the most. */
const automatic: readonly (ProfileBySize & { readonly drives: number })[] = [
  { drives: 12, small: { k: 1, m: 3 }, large: { k: 8, m: 3 } },
  { drives: 6, small: { k: 1, m: 2 }, large: { k: 4, m: 2 } },
  { drives: 4, small: { k: 1, m: 2 }, large: { k: 2, m: 2 } },
  { drives: 2, small: { k: 1, m: 1 }, large: { k: 1, m: 1 } },
  { drives: 0, small: { k: 1, m: 0 }, large: { k: 1, m: 0 } },
]

/** The profile that so many drives of a class take by themselves. */
export function automaticProfile(drives: number): ProfileBySize {
  const { small, large } = automatic.find((row) => drives >= row.drives) as ProfileBySize
  return { small, large }
}

/**
 * Reads the setting of an operator: `4+2` (four data chunks and two coding chunks; small data is kept in three copies,
 * which survive as much), or `copies:3`.
 * @throws MapEditError when it is neither, or protects nothing
 */
export function parseProfile(setting: string): ProfileBySize {
  const copies = /^copies:(\d{1,3})$/.exec(setting)
  if (copies !== null) return checked(setting, { k: 1, m: Number(copies[1]) - 1 })
  const coded = /^(\d{1,3})\+(\d{1,3})$/.exec(setting)
  if (coded !== null) return checked(setting, { k: Number(coded[1]), m: Number(coded[2]) })
  throw new MapEditError(`profile ${setting} is not known: write it as 4+2 (data + coding chunks) or copies:3`)
}

function checked(setting: string, large: Profile): ProfileBySize {
  const { k, m } = large
  const refuse = (why: string) => new MapEditError(`profile ${setting} cannot be: ${why}`)
  if (k < 1 || m < 0) throw refuse('it keeps no data')
  if (k > 1 && m === 0) throw refuse(`any drive of ${k} would take the data with it; add at least one coding chunk`)
  if (k + m > chunksMax) throw refuse(`it has ${k + m} chunks, and ${chunksMax} are the most`)
  return { small: { k: 1, m }, large }
}

/** As `parseProfile` reads it. */
export function formatProfile({ k, m }: Profile): string {
  return k === 1 ? `copies:${m + 1}` : `${k}+${m}`
}
