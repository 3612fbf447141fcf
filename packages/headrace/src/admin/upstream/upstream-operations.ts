import { z } from 'zod'
import type { OperationTable } from '../api-operation.ts'
import type { UpstreamAdminOperations } from './upstream-admin.ts'

const name = z.string().min(1).max(512)
const bytes = z.int().min(0).nullable().default(null)
const nothing = z.strictObject({})

/** The admin API of a group of upstreams. */
export const upstreamOperations: OperationTable<UpstreamAdminOperations> = {
  status: { method: 'GET', path: '/status', input: nothing },
  faults: { method: 'GET', path: '/faults', input: nothing },
  setFault: {
    method: 'PUT',
    path: '/faults/{upstream}',
    isFault: true,
    input: z.strictObject({
      upstream: name,
      latencyMs: z.number().min(0).max(3_600_000).default(0),
      status: z.int().min(400).max(599).nullable().default(null),
      resetAfterBytes: bytes,
      stallAfterBytes: bytes,
      share: z.number().gt(0).max(1).default(1),
    }),
  },
  clearFaults: {
    method: 'DELETE',
    path: '/faults',
    isFault: true,
    input: z.strictObject({ upstream: name.nullable().default(null) }),
  },
}
