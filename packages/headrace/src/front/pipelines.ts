import type { Socket } from 'node:net'
import { serverLimits } from '../core/limits.ts'
import type { RequestState } from './request-state.ts'

interface Waiting {
  readonly state: RequestState
  readonly begin: () => void
}

/**
 * The requests of each connection whose replies are not over. One at a time is handled: replies go out in order anyway,
 * and bodies that wait for their turn would fill the memory.
 */
export class Pipelines {
  /** The first of a connection's requests is being handled. */
  readonly #bySocket = new WeakMap<Socket, Waiting[]>()

  /** @param begin called when it is the request's turn, at once if no other is under way */
  add(state: RequestState, begin: () => void): void {
    const { socket } = state.request
    const waiting = this.#bySocket.get(socket) ?? []
    this.#bySocket.set(socket, waiting)
    waiting.push({ state, begin })
    state.response.once('close', () => {
      waiting.shift()
      // Nobody would hear the replies to the rest.
      if (socket.destroyed || socket.writableEnded) waiting.length = 0
      waiting[0]?.begin()
    })
    if (waiting.length === 1) begin()
    else if (waiting.length > serverLimits.pipelinedRequestsMax) socket.destroy()
  }

  /**
   * What came on a connection after its requests is not HTTP, or nothing more can come: a body that is being read is
   * incomplete, and the connection closes when the replies are over.
   * @returns false when there are none
   */
  end(socket: Socket): boolean {
    const waiting = this.#bySocket.get(socket) ?? []
    for (const { state } of waiting) {
      if (!state.request.complete) state.cutBody()
    }
    const last = waiting.at(-1)?.state.response
    if (last === undefined) return false
    last.shouldKeepAlive = false
    last.once('finish', () => socket.destroySoon())
    return true
  }
}
