import { createHash } from 'node:crypto'
import { type NewDrive, newStore } from '../../src/store/embedded/placement/edit-map.ts'
import type { StoreMap } from '../../src/store/embedded/placement/store-map.ts'

/** A drive of 4 TiB on host h0; the number makes its id and its path. */
export function drive(number: number, changes: Partial<NewDrive> = {}): NewDrive {
  return {
    uuid: `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`,
    path: `/d${number}`,
    fileSystemId: 'fs',
    host: 'h0',
    rack: undefined,
    deviceClass: 'hot',
    capacityBytes: 4 * 2 ** 40,
    ...changes,
  }
}

export function drives(count: number, changes: (number: number) => Partial<NewDrive> = () => ({})): NewDrive[] {
  return Array.from({ length: count }, (_, number) => drive(number, changes(number)))
}

/** The map of a new store on so many drives. */
export function storeOn(all: number | readonly NewDrive[]): StoreMap {
  const list = typeof all === 'number' ? drives(all) : all
  return newStore({ storeId: 'store', term: 7, changedMs: 1_795_274_000_123, drives: list })
}

/** The n-th of some ids that are as evenly spread as random ones, and the same in every run. */
export function sampleDataId(number: number): Buffer {
  return createHash('md5').update(`data ${number}`).digest()
}
