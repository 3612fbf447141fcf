import { type ObjectReader, type OperationName, type Operations, S3Error, traitsOf } from '@headrace/s3'
import { around } from '../core/layer.ts'
import type { Clock } from '../core/runtime.ts'
import type { Layer } from '../core/store.ts'

type Output = Operations[OperationName]['output']

/**
 * Answers when an operation takes too long, and leaves it to itself: what it changes is atomic, and the client may ask
 * again. Operations that read a body take as long as the body takes; the front watches over its progress. It stands
 * outside of all that can wait.
 */
export function deadline(clock: Clock, { operationTimeoutMs }: { operationTimeoutMs: number }): Layer {
  return around((call, next) => {
    if (takesBody(call.operation)) return next(call.ctx)
    return new Promise((resolve, reject) => {
      let isLate = false
      const cancel = clock.after(operationTimeoutMs, () => {
        isLate = true
        reject(new S3Error('ServiceUnavailable', { message: 'The operation took too long. Send the request again.' }))
      })
      const finish = (output: Output) => {
        cancel()
        // Nobody is left to close what was opened too late.
        if (isLate && call.operation === 'getObject') (output as ObjectReader).close().catch(() => {})
        resolve(output)
      }
      next(call.ctx).then(finish, (error) => {
        cancel()
        reject(error)
      })
    })
  })
}

function takesBody(operation: OperationName): boolean {
  return traitsOf(operation).carries === 'body'
}
