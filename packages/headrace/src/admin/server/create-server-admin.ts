import type { Clock } from '../../core/runtime.ts'
import { findRecord } from '../../observe/find-record.ts'
import { requestFigures } from './request-figures.ts'
import type { ServerAdmin } from './server-admin.ts'

export interface ServerAdminParts {
  readonly clock: Pick<Clock, 'monotonic'>
  /** Figures of the processes that serve requests, as `Registry.getMetricsAsJSON` gives them. */
  readonly metrics: () => Promise<readonly unknown[]>
  /** Where the access log is; undefined where there is no drive for it. */
  readonly logPath: () => string | undefined
}

/** What an operator can ask of every server. */
export function createServerAdmin({ clock, metrics, logPath }: ServerAdminParts): ServerAdmin {
  return {
    figures: async () => await requestFigures(await metrics(), clock.monotonic()),
    async findRequest({ requestId }) {
      const path = logPath()
      return { record: (path === undefined ? undefined : await findRecord(path, requestId)) ?? null }
    },
  }
}
