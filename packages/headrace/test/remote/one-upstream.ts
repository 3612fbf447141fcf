import { systemClock } from '../../src/core/runtime.ts'
import type { UpstreamGroup } from '../../src/upstream/lease.ts'
import { HttpClient } from '../../src/upstream/transport/http-client.ts'

/** A group of one upstream that is reached over the real transport, and chosen whatever becomes of it. */
export function oneUpstream(port: number): UpstreamGroup {
  const client = new HttpClient({ origin: { protocol: 'http:', host: '127.0.0.1', port } }, systemClock)
  const host = `127.0.0.1:${port}`
  return {
    name: 'one',
    close: () => client.close(),
    lease: () => ({
      upstream: host,
      host,
      exchange: (request, signal) => client.exchange(request, signal),
      release() {},
    }),
  }
}
