import type { NamedFaults } from '../admin/upstream/create-upstream-admin.ts'
import { endAtOnce } from './end-at-once.ts'
import type { FromChild, GatewayQuestion, StartMessage, ToChild } from './messages.ts'

/** What ties a child to its supervisor. */
export interface Supervision {
  /** Folders of the store's drives, as far as is known now. */
  roots(): readonly string[]
  /** The store has other drives now: all processes are told. */
  tellDrives(roots: readonly string[]): void
  /** Upstreams have these faults now: all gateways are told, and those that are started later. */
  tellFaults(faults: NamedFaults): void
  /** Asks all gateways; one that does not answer in time is left out. */
  askGateways(question: GatewayQuestion): Promise<unknown[]>
}

/** What a child process does between its beginning and its end. */
export interface Child {
  readonly port: number
  /** Of a gateway that has no keeper to ask it. */
  answer?(question: GatewayQuestion): Promise<unknown>
  /** Gives upstreams these faults, and no others any more. */
  setFaults?(faults: NamedFaults): void
  /** Ends it in order. */
  stop(): Promise<void>
}

/**
 * Runs a child of the supervisor: waits for its orders, begins, and ends when it is told to, or when the supervisor is
 * gone. Errors that it cannot do anything about end it too; the supervisor starts another.
 */
export function runChild(begin: (start: StartMessage, supervision: Supervision) => Promise<Child>): void {
  let child: Promise<Child> | undefined
  let roots: readonly string[] = []
  let nextQuestion = 1
  const send = (message: FromChild, sent = () => {}) => process.send?.(message, sent)
  const questions = new Map<number, (values: unknown[]) => void>()
  const supervision: Supervision = {
    roots: () => roots,
    tellDrives: (now) => send({ type: 'drives', roots: now }),
    tellFaults: (faults) => send({ type: 'faults', faults }),
    askGateways: (question) =>
      new Promise((resolve) => {
        const id = nextQuestion
        nextQuestion += 1
        questions.set(id, resolve)
        send({ type: 'ask', id, question })
      }),
  }
  process.on('disconnect', endAtOnce)
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
    if (message.type === 'ask') {
      const { id, question } = message
      const answered = child?.then((running) => running.answer?.(question)) ?? Promise.resolve(undefined)
      answered.then(
        (value) => send({ type: 'answer', id, value }),
        () => send({ type: 'answer', id, value: undefined }),
      )
      return
    }
    if (message.type === 'answer') {
      questions.get(message.id)?.(message.value as unknown[])
      questions.delete(message.id)
      return
    }
    if (message.type === 'faults') {
      child?.then((running) => running.setFaults?.(message.faults)).catch(() => {})
      return
    }
    roots = message.roots
    if (message.type === 'drives') return
    child = begin(message, supervision)
    child.then(
      ({ port }) => send({ type: 'ready', port }),
      // The channel would keep it alive, and nobody starts another as long as there is this one.
      (error: Error) => send({ type: 'failed', message: error.message }, endAtOnce),
    )
  })
}
