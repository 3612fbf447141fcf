import type { Server } from 'node:http'
import { S3Error } from '@headrace/s3'
import type { Settings } from './config/settings.ts'
import { anonymous, type RequestContext } from './core/context.ts'
import { pipeline } from './core/layer.ts'
import { serverLimits } from './core/limits.ts'
import type { Runtime } from './core/runtime.ts'
import type { Layer, ObjectStore } from './core/store.ts'
import { createListener } from './front/listener.ts'
import type { AccessKeys } from './identity/access-keys.ts'
import { admit } from './layers/admit.ts'
import { type AccessFacts, authorize } from './layers/authorize.ts'
import { deadline } from './layers/deadline.ts'
import { observe } from './layers/observe.ts'

/** What a request passes on its way to the store, outermost first. */
function layersAround(store: ObjectStore, runtime: Runtime): Layer[] {
  return [
    // Sees everything, also what the others refuse.
    observe(),
    // Bounds all waiting that comes behind it.
    deadline(runtime.clock, serverLimits),
    // Before admission, so that an intruder uses up nobody's share.
    authorize(factsFrom(store)),
    // Innermost: only what may be done at all counts as load.
    admit(serverLimits),
  ]
}

/** What authorization has to know, as the store itself says it. */
function factsFrom(store: ObjectStore): AccessFacts {
  const ctx = internalContext()
  return {
    bucket: (bucket) =>
      unlessMissing(async () => {
        const { owner, acl } = (await store.headBucket({ bucket }, ctx)).bucket
        return { ownerId: owner.id, acl }
      }),
    hasTags: async (bucket, key) =>
      ((await unlessMissing(() => store.headObject({ bucket, key }, ctx)))?.info.tagCount ?? 0) > 0,
    objectAcl: (bucket, key) => unlessMissing(async () => (await store.getObjectAcl({ bucket, key }, ctx)).acl),
  }
}

async function unlessMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof S3Error && error.status === 404) return undefined
    throw error
  }
}

/** The context of questions that the program asks itself. */
function internalContext(): RequestContext {
  return {
    requestId: 'internal',
    principal: anonymous,
    signal: new AbortController().signal,
    notes: {},
  }
}

export interface GatewayParts {
  readonly store: ObjectStore
  readonly settings: Settings
  readonly runtime: Runtime
  readonly keys: AccessKeys
  readonly worker: number
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly isReady: () => boolean
}

/** Puts one gateway together: front, layers, store. */
export function assembleGateway({ store, settings, runtime, keys, worker, tls, isReady }: GatewayParts): Server {
  return createListener({
    store: pipeline(store, layersAround(store, runtime)),
    keys,
    runtime,
    domains: settings.domains,
    region: settings.region,
    worker,
    tls,
    isReady,
  })
}
