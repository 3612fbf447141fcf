import { type OperationName, type Operations, operationTraits } from '@headrace/s3'
import type { RequestContext } from './context.ts'
import type { Layer, ObjectStore, OperationFunction } from './store.ts'

/** One operation on its way through a layer. */
export interface Call<N extends OperationName = OperationName> {
  readonly operation: N
  readonly input: Operations[N]['input']
  readonly ctx: RequestContext
}

/** Goes on to the next layer, or to the store. */
export type Next = (ctx: RequestContext) => Promise<Operations[OperationName]['output']>

const operationNames = Object.keys(operationTraits) as OperationName[]

/** A layer that does the same for every operation. */
export function around(handle: (call: Call, next: Next) => Promise<Operations[OperationName]['output']>): Layer {
  return (inner) => {
    const outer: Record<string, unknown> = { name: inner.name, capability: inner.capability }
    for (const operation of operationNames) {
      const innerFunction = inner[operation] as OperationFunction<OperationName>
      outer[operation] = (input: Operations[OperationName]['input'], ctx: RequestContext) =>
        handle({ operation, input, ctx }, (nextCtx) => innerFunction(input, nextCtx))
    }
    return outer as unknown as ObjectStore
  }
}

/** A layer that changes some operations and lets the others pass. */
export function override(replace: (inner: ObjectStore) => Partial<ObjectStore>): Layer {
  return (inner) => ({ ...inner, ...replace(inner) })
}

/** Puts layers around a store; the first of the list is the outermost. */
export function pipeline(store: ObjectStore, layers: readonly Layer[]): ObjectStore {
  return layers.reduceRight((inner, layer) => layer(inner), store)
}
