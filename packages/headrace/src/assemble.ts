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
import { authorize } from './layers/authorize.ts'
import { deadline } from './layers/deadline.ts'
import { observe } from './layers/observe.ts'

/** What a request passes on its way to the store, outermost first. */
function layersAround(store: ObjectStore, runtime: Runtime): Layer[] {
  const ownerOf = ownersOf(store)
  return [
    // Sees everything, also what the others refuse.
    observe(),
    // Bounds all waiting that comes behind it.
    deadline(runtime.clock, serverLimits),
    // Before admission, so that an intruder uses up nobody's share.
    authorize(ownerOf),
    // Innermost: only what may be done at all counts as load.
    admit(serverLimits),
  ]
}

/** Who owns a bucket, as the store itself says. */
function ownersOf(store: ObjectStore): (bucket: string) => Promise<string | undefined> {
  const ctx = internalContext()
  return async (bucket) => {
    try {
      return (await store.headBucket({ bucket }, ctx)).bucket.owner.id
    } catch (error) {
      if (error instanceof S3Error && error.code === 'NoSuchBucket') return undefined
      throw error
    }
  }
}

/** The context of questions that the program asks itself. */
function internalContext(): RequestContext {
  return {
    requestId: 'internal',
    principal: anonymous,
    signal: new AbortController().signal,
    deadlineMs: Number.POSITIVE_INFINITY,
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
