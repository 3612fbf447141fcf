import type { FromChild, StartMessage, ToChild } from './messages.ts'

/** What a child process does between its beginning and its end. */
export interface Child {
  readonly port: number
  /** Ends it in order. */
  stop(): Promise<void>
}

/**
 * Runs a child of the supervisor: waits for its orders, begins, and ends when it is told to, or when the supervisor is
 * gone. Errors that it cannot do anything about end it too; the supervisor starts another.
 */
export function runChild(begin: (start: StartMessage) => Promise<Child>): void {
  let child: Promise<Child> | undefined
  process.on('disconnect', () => process.exit(1))
  // Signals from the terminal reach the whole group: the supervisor decides, and tells.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => {})
  process.on('message', (message: ToChild) => {
    if (message.type === 'stop') {
      const stopped = child === undefined ? Promise.resolve() : child.then((running) => running.stop())
      stopped.then(
        () => process.exit(0),
        () => process.exit(1),
      )
      return
    }
    child = begin(message)
    child.then(
      ({ port }) => process.send?.({ type: 'ready', port } satisfies FromChild),
      (error: Error) => {
        // The channel would keep it alive, and nobody starts another as long as there is this one.
        process.send?.({ type: 'failed', message: error.message } satisfies FromChild, () => process.exit(1))
      },
    )
  })
}
