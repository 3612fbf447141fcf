import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import {
  type AccessKey,
  DamagedKeyFileError,
  type KeyFile,
  keyFileStamp,
  readKeyFile,
  writeKeyFile,
} from './key-file.ts'

/** What was wrong with a copy of the key file. */
export interface CopyTrouble {
  readonly path: string
  readonly error: unknown
  /** It is whole again now. A damaged one is kept beside it, as `keys.json.damaged`. */
  readonly isMended: boolean
}

interface Copy {
  readonly path: string
  /** Undefined when there is none, or none that can be read. */
  readonly file: KeyFile | undefined
  readonly error?: unknown
}

/**
 * The access keys of a store: a copy of one file on each of its drives, so that they outlive all drives but one.
 * The newest copy that can be read counts. Files are read at once, not awaited: they are small, and looked at so often
 * that the system has them in memory.
 */
export class KeyFiles {
  /** Folders of the drives. */
  readonly roots: readonly string[]
  readonly #paths: readonly string[]

  /** @param roots the folders of all drives that can be used, at least one */
  constructor(roots: readonly string[]) {
    assert(roots.length > 0)
    this.roots = roots
    this.#paths = roots.map((root) => join(root, 'keys.json'))
  }

  /**
   * @returns undefined when no drive has a copy
   * @throws the first copy's error when there are copies and none can be read
   */
  read(): KeyFile | undefined {
    return newest(this.#copies())
  }

  /** Changes when any copy does. */
  stamp(): string {
    return this.#paths.map(keyFileStamp).join(' ')
  }

  /**
   * Changes the keys on all drives, and brings copies up to date that were older, missing or damaged. One at a time: the
   * caller sees to it.
   * @param edit gives back the same array when there is nothing to change
   * @returns what was wrong with copies, none of which is a failure as long as one is good
   * @throws Error when the change could not be written anywhere, or what `read` throws
   */
  change(edit: (keys: readonly AccessKey[]) => readonly AccessKey[]): CopyTrouble[] {
    const copies = this.#copies()
    const found = newest(copies)
    const before = found ?? { revision: 0, keys: [] }
    const keys = edit(before.keys)
    const isChanged = keys !== before.keys
    if (found === undefined && !isChanged) return []
    const after = isChanged ? { revision: before.revision + 1, keys } : before
    const troubles = copies.filter(({ file }) => !isSame(file, after)).flatMap((copy) => replaceCopy(copy, after))
    const [first] = troubles
    if (isChanged && first && troubles.filter(({ isMended }) => !isMended).length === copies.length) {
      const { message } = first.error as Error
      throw new Error(`The access keys could not be written to any drive: ${message}`, { cause: first.error })
    }
    return troubles
  }

  #copies(): Copy[] {
    return this.#paths.map((path) => {
      try {
        return { path, file: readKeyFile(path) }
      } catch (error) {
        return { path, file: undefined, error }
      }
    })
  }
}

/** Copies that differ and have one revision come from drives that were used apart: the one written last counts. */
function newest(copies: readonly Copy[]): KeyFile | undefined {
  const [first] = copies
    .flatMap(({ path, file }) => (file === undefined ? [] : [{ file, stamp: keyFileStamp(path) }]))
    .sort((a, b) => b.file.revision - a.file.revision || b.stamp - a.stamp)
  if (first !== undefined) return first.file
  const failed = copies.find(({ error }) => error !== undefined)
  if (failed !== undefined) throw failed.error
  return undefined
}

function isSame(copy: KeyFile | undefined, file: KeyFile): boolean {
  return copy?.revision === file.revision && JSON.stringify(copy.keys) === JSON.stringify(file.keys)
}

function replaceCopy({ path, error }: Copy, file: KeyFile): CopyTrouble[] {
  try {
    if (error instanceof DamagedKeyFileError) renameSync(path, `${path}.damaged`)
    writeKeyFile(path, file)
    return error === undefined ? [] : [{ path, error, isMended: true }]
  } catch (failure) {
    return [{ path, error: failure, isMended: false }]
  }
}
