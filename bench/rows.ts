/** What one row of the table measures. */
export interface Row {
  readonly name: string
  readonly operation: 'put' | 'get' | 'head' | 'range' | 'list'
  /** Of the objects. */
  readonly sizeBytes: number
  /** Requests under way at a time, each on a connection of its own. */
  readonly connections: number
  /** Objects that reads choose from; for `list`, keys in the bucket. */
  readonly objects: number
  /** Bytes of one range. */
  readonly rangeBytes?: number
  readonly unit: 'requests/s' | 'MB/s' | 'keys/s'
  /** What the project wants to reach on two shared cores, load generator included. */
  readonly goal: number
}

const KiB = 1024
const MiB = 1024 * KiB

export const listPageKeys = 1000

/** Every row of the table, in the order in which they are run. */
export function tableRows({ listKeys }: { listKeys: number }): Row[] {
  return [
    {
      name: 'put-4K',
      operation: 'put',
      sizeBytes: 4 * KiB,
      connections: 32,
      objects: 0,
      unit: 'requests/s',
      goal: 4000,
    },
    {
      name: 'get-4K',
      operation: 'get',
      sizeBytes: 4 * KiB,
      connections: 32,
      objects: 2000,
      unit: 'requests/s',
      goal: 8500,
    },
    {
      name: 'head',
      operation: 'head',
      sizeBytes: 4 * KiB,
      connections: 32,
      objects: 2000,
      unit: 'requests/s',
      goal: 10000,
    },
    {
      name: 'put-100K',
      operation: 'put',
      sizeBytes: 100 * KiB,
      connections: 16,
      objects: 0,
      unit: 'requests/s',
      goal: 2000,
    },
    {
      name: 'get-100K',
      operation: 'get',
      sizeBytes: 100 * KiB,
      connections: 16,
      objects: 1000,
      unit: 'requests/s',
      goal: 5000,
    },
    {
      name: 'range-64K',
      operation: 'range',
      sizeBytes: 64 * MiB,
      rangeBytes: 64 * KiB,
      connections: 16,
      objects: 8,
      unit: 'requests/s',
      goal: 5000,
    },
    { name: 'put-64M', operation: 'put', sizeBytes: 64 * MiB, connections: 4, objects: 0, unit: 'MB/s', goal: 350 },
    { name: 'get-64M', operation: 'get', sizeBytes: 64 * MiB, connections: 4, objects: 8, unit: 'MB/s', goal: 1700 },
    { name: 'list', operation: 'list', sizeBytes: 0, connections: 4, objects: listKeys, unit: 'keys/s', goal: 200_000 },
  ]
}
