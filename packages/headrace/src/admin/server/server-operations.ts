import { z } from 'zod'
import type { OperationTable } from '../api-operation.ts'
import type { ServerAdminOperations } from './server-admin.ts'

/** The admin API that every server has. */
export const serverOperations: OperationTable<ServerAdminOperations> = {
  figures: { method: 'GET', path: '/figures', input: z.strictObject({}) },
  findRequest: {
    method: 'GET',
    path: '/requests/{requestId}',
    input: z.strictObject({ requestId: z.string().regex(/^[0-9A-Fa-f]{16}$/, '16 hexadecimal digits') }),
  },
}
