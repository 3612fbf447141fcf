import type { ApiOperation } from './api-operation.ts'
import type { ServerAdmin } from './server/server-admin.ts'
import { serverOperations } from './server/server-operations.ts'
import type { StoreAdmin } from './store-admin.ts'
import { apiPrefix, storeOperations } from './store-operations.ts'
import type { UpstreamAdmin } from './upstream/upstream-admin.ts'
import { upstreamOperations } from './upstream/upstream-operations.ts'

/** Who answers what the admin API asks: a server has those areas that it has something of. */
export interface AreaAdmins {
  /** A store on drives. */
  readonly store: StoreAdmin
  /** A group of upstreams. */
  readonly upstream: UpstreamAdmin
  /** Requests, whatever they are served from. */
  readonly server: ServerAdmin
}

export type Area = keyof AreaAdmins

/** The whole admin API: which request calls which operation. The server matches by it, the client asks by it. */
export const areas: Readonly<
  Record<Area, { readonly prefix: string; readonly operations: Readonly<Record<string, ApiOperation>> }>
> = {
  store: { prefix: apiPrefix, operations: storeOperations },
  upstream: { prefix: '/api/v1/upstream', operations: upstreamOperations },
  server: { prefix: '/api/v1/server', operations: serverOperations },
}
