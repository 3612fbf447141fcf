import type { GroupStatus, UpstreamStatus } from '../../src/upstream/group/group-status.ts'

/** An upstream that does well, but for what is given. */
export function upstreamStatus(name: string, more: Partial<UpstreamStatus> = {}): UpstreamStatus {
  const none = {
    abandoned: 0,
    connect: 0,
    reset: 0,
    timeout: 0,
    truncated: 0,
    stalled: 0,
    unavailable: 0,
    throttled: 0,
  }
  return {
    name,
    zone: undefined,
    state: 'up',
    reason: undefined,
    breaker: 'closed',
    openBuckets: [],
    inFlight: 0,
    limit: 128,
    oldestUnansweredMs: 0,
    firstByteMs: undefined,
    errorShare: 0,
    throttledShare: 0,
    exchanges: { ok: 10, ...none },
    ejections: 0,
    sentBytes: 0,
    receivedBytes: 0,
    ...more,
  }
}

export function groupStatus(upstreams: readonly UpstreamStatus[]): GroupStatus {
  return { name: 'group', isPanic: false, upstreams }
}
