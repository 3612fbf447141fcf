import type { Log } from '../../core/events.ts'
import type { GroupEvents } from '../../upstream/group/group-events.ts'

/** Tells operators what becomes of upstreams. Figures are read off the group itself. */
export function logGroup(log: Log): GroupEvents {
  return {
    stateChanged({ upstream, from, to, reason }) {
      const what = { upstream, from, to, reason }
      if (to === 'ejected' || to === 'down') log.warn(what, 'an upstream is not used')
      else if (from !== undefined && to !== undefined) log.info(what, 'an upstream has changed its state')
    },
    // The change of state says the same.
    ejected() {},
    breakerChanged({ upstream, bucket, from, to }) {
      log.warn({ upstream, bucket, from, to }, 'the breaker of an upstream has changed')
    },
    panicChanged({ isPanic }) {
      if (isPanic) log.error({}, 'hardly any upstream is well: all are used')
      else log.info({}, 'enough upstreams are well again')
    },
    exchangeEnded() {},
    discoveryFailed({ error }) {
      log.error({ err: error }, 'the upstreams could not be found out; those that are known stay')
    },
  }
}
