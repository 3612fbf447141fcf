import { around } from '../core/layer.ts'
import type { Layer } from '../core/store.ts'

/**
 * Notes for the access log which store a request went to. It is the outermost layer, so that it also sees what the
 * others refuse.
 */
export function observe(): Layer {
  return (inner) =>
    around((call, next) => {
      call.ctx.notes.store = inner.name
      return next(call.ctx)
    })(inner)
}
