import type { Credentials } from '@headrace/s3'

/**
 * What requests to upstreams are signed with.
 * @throws Error when there is nothing: nobody lets us in without
 */
export function upstreamKeyFromEnvironment(): Credentials {
  const { HEADRACE_UPSTREAM_ACCESS_KEY: accessKeyId, HEADRACE_UPSTREAM_SECRET_KEY: secretKey } = process.env
  if (accessKeyId && secretKey) return { accessKeyId, secretKey }
  throw new Error(
    'Set HEADRACE_UPSTREAM_ACCESS_KEY and HEADRACE_UPSTREAM_SECRET_KEY: requests to the upstreams are signed with them.',
  )
}
