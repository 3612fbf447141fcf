import { mapFileName } from '../format/map-file.ts'

interface Unreadable {
  readonly where: string
  readonly error: unknown
}

/** There are drives of a store, but no map that says which and how. */
export class MapLostError extends Error {
  constructor({ where, error }: Unreadable) {
    super(
      `No drive that is there has a map of its store that can be read (${where}/${mapFileName}: ` +
        `${error instanceof Error ? error.message : error}). Name the folders of more drives of the store with --data, ` +
        `or restore ${mapFileName} on one of them from a backup.`,
      { cause: error },
    )
    this.name = 'MapLostError'
  }
}
