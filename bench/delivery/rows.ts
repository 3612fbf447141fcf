import type { ClientJob } from './load/client-job.ts'

const KiB = 1024
const MiB = 1024 * KiB

/** What one row of the table measures, through each proxy in turn. */
export interface DeliveryRow extends Pick<ClientJob, 'objects' | 'clients' | 'ratePerS'> {
  readonly name: string
  readonly operation: 'get' | 'put'
  /** In front of RGW nodes, or of plain files. */
  readonly upstreams: 'rgw' | 'files'
  readonly unit: 'requests/s' | 'MB/s'
}

/** Every row, in the order in which they are run. */
export const deliveryRows: readonly DeliveryRow[] = [
  {
    name: 'get-4K at 400/s',
    operation: 'get',
    objects: { name: 'small', sizeBytes: 4 * KiB, count: 300 },
    clients: 1,
    ratePerS: 400,
    upstreams: 'rgw',
    unit: 'requests/s',
  },
  {
    name: 'get-64M',
    operation: 'get',
    objects: { name: 'large', sizeBytes: 64 * MiB, count: 4 },
    clients: 4,
    upstreams: 'rgw',
    unit: 'MB/s',
  },
  {
    name: 'put-64M',
    operation: 'put',
    objects: { name: 'written', sizeBytes: 64 * MiB, count: 4 },
    clients: 4,
    upstreams: 'rgw',
    unit: 'MB/s',
  },
  {
    name: 'files: get-4K',
    operation: 'get',
    objects: { name: 'small', sizeBytes: 4 * KiB, count: 300 },
    clients: 32,
    upstreams: 'files',
    unit: 'requests/s',
  },
  {
    name: 'files: get-1M',
    operation: 'get',
    objects: { name: 'medium', sizeBytes: MiB, count: 32 },
    clients: 8,
    upstreams: 'files',
    unit: 'MB/s',
  },
  {
    name: 'files: get-64M',
    operation: 'get',
    objects: { name: 'large', sizeBytes: 64 * MiB, count: 4 },
    clients: 4,
    upstreams: 'files',
    unit: 'MB/s',
  },
]

/** What clients of the scenarios with faults read. */
export const chaosObjects = { name: 'chaos', sizeBytes: 8 * MiB, count: 16 } as const
export const chaosClients = 64
export const refusedObjects = { name: 'small', sizeBytes: 4 * KiB, count: 300 } as const
