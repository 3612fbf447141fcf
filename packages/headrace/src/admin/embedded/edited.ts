import { MapEditError } from '../../store/embedded/placement/edit-map.ts'
import type { StoreMap } from '../../store/embedded/placement/store-map.ts'
import { AdminError, type AdminErrorCode } from '../admin-error.ts'

/**
 * Tries an edit out.
 * @returns the map as it would be, of the same epoch
 * @throws AdminError with the code when it cannot be; the message says what to do
 */
export function edited(map: StoreMap, edit: (map: StoreMap) => StoreMap, code: AdminErrorCode): StoreMap {
  try {
    return edit(map)
  } catch (error) {
    if (error instanceof MapEditError) throw new AdminError(code, asSentence(error.message))
    throw error
  }
}

function asSentence(text: string): string {
  const end = /[.?!]$/.test(text) ? '' : '.'
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`
}
