import type { UpstreamRequest } from '../../exchange.ts'

/**
 * Kinds of requests whose time to the first byte tells of the upstream: it depends on nothing else that is large.
 */
const exchangeClasses = ['head', 'get', 'list', 'put', 'delete'] as const
export type ExchangeClass = (typeof exchangeClasses)[number]

/** What upstreams are compared by, each with its like: first bytes, and the time for a MiB of a large body. */
export const timedKinds = [...exchangeClasses, 'body'] as const
export type TimedKind = (typeof timedKinds)[number]

/** What is written to the journal of any store at once, and sent to it in a few packets. */
const smallBodyBytesMax = 64 * 1024
/** Parameters of a GET of an object; with any other it is a listing, or a document about something. */
const objectParameters = /^(?:versionId|partNumber|x-id|response-[a-z-]+|x-amz-[a-z-]+)$/i

/**
 * Undefined for what may take long on a healthy upstream: bodies that come from a client, which may be slow; copies and
 * completions, which some answer only when all bytes are in place.
 */
export function exchangeClassOf({ method, target, body }: UpstreamRequest): ExchangeClass | undefined {
  if (method === 'HEAD') return 'head'
  if (method === 'DELETE') return 'delete'
  if (method === 'GET') return isOfObject(target) ? 'get' : 'list'
  const isSmallPut = method === 'PUT' && body instanceof Uint8Array && body.length <= smallBodyBytesMax
  return isSmallPut ? 'put' : undefined
}

function isOfObject(target: string): boolean {
  const queryAt = target.indexOf('?')
  if (queryAt < 0) return true
  const query = target.slice(queryAt + 1)
  return query.split('&').every((parameter) => objectParameters.test(parameter.replace(/=.*/s, '')))
}
