import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { decodeDeviceFile, deviceFileName } from '../store/embedded/format/device-file.ts'

/** Which of some data folders have access keys. */
export interface KeyRoots {
  /** At least one. */
  readonly roots: readonly string[]
  /** Folders that are no drive now, and why. */
  readonly passedOver: readonly { readonly root: string; readonly why: string }[]
}

/**
 * Finds the folders that are drives of the store: keys must not go where a drive is not mounted. While none is a drive
 * yet, all are to become one.
 * @throws Error when they are drives of different stores
 */
export function findKeyRoots(folders: readonly string[]): KeyRoots {
  const found = [...new Set(folders.map((folder) => resolve(folder)))].map(storeOf)
  const drives = found.filter(({ storeId }) => storeId !== undefined)
  const [first] = drives
  const foreign = drives.find(({ storeId }) => storeId !== first?.storeId)
  if (first && foreign) throw new Error(`${first.root} and ${foreign.root} belong to different stores. Name one store.`)
  const passedOver = found.filter(({ storeId }) => storeId === undefined)
  if (first === undefined && passedOver.every(({ isMissing }) => isMissing))
    return { roots: found.map(({ root }) => root), passedOver: [] }
  if (first === undefined) throw new Error(passedOver.map(({ root, why }) => `${root}: ${why}`).join('\n'))
  return { roots: drives.map(({ root }) => root), passedOver }
}

function storeOf(root: string): { root: string; storeId?: string; why: string; isMissing: boolean } {
  try {
    const { storeId } = decodeDeviceFile(readFileSync(join(root, deviceFileName)))
    return { root, storeId, why: '', isMissing: false }
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const why = isMissing ? 'it is no drive of the store now. Is it mounted?' : (error as Error).message
    return { root, why, isMissing }
  }
}
