import { expandFolders } from '../config/expand-folders.ts'
import { findStore } from '../store/embedded/find-store.ts'

/** Which folders have access keys. */
export interface KeyRoots {
  /** At least one. */
  readonly roots: readonly string[]
  /** Folders that are no drive now, and why. */
  readonly passedOver: readonly { readonly root: string; readonly why: string }[]
}

/**
 * Finds the drives of the store that some folders belong to, those that the store remembers among them: keys must not go
 * where a drive is not mounted. While none is a drive yet, all are to become one.
 * @throws Error when they are drives of different stores
 */
export async function findKeyRoots(folders: readonly string[]): Promise<KeyRoots> {
  const { drives, blanks, troubles } = await findStore(expandFolders(folders))
  if (drives.length === 0) return { roots: blanks.map(({ root }) => root), passedOver: [] }
  const unmounted = blanks.map(({ root }) => ({ root, why: 'it is no drive of the store now. Is it mounted?' }))
  return { roots: drives.map(({ root }) => root), passedOver: [...unmounted, ...troubles] }
}
