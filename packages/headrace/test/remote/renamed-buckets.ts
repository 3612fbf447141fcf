import type { OperationName } from '@headrace/s3'
import { around } from '../../src/core/layer.ts'
import type { Layer, ObjectStore, OperationFunction } from '../../src/core/store.ts'

interface Named {
  readonly bucket?: string
  readonly source?: Named
}

/** The conformance suite has buckets with shorter names than S3 takes over the wire. */
export function renamedBuckets(prefix: string): Layer {
  const renamed = (input: Named): Named => ({
    ...input,
    ...(input.bucket !== undefined && { bucket: prefix + input.bucket }),
    ...(input.source !== undefined && { source: renamed(input.source) }),
  })
  return (inner: ObjectStore) =>
    around((call) => {
      const run = inner[call.operation] as unknown as OperationFunction<OperationName>
      return run(renamed(call.input as Named) as never, call.ctx)
    })(inner)
}
