import { connect, type Socket } from 'node:net'
import type { ForegroundLoad } from '../../../core/foreground-load.ts'
import type { Runtime } from '../../../core/runtime.ts'
import {
  KeeperLostError,
  type KeeperPort,
  type Mutation,
  type MutationName,
  type Mutations,
} from '../keeper/mutation.ts'
import { FrameDecoder, type Question, type StoreView, type ToGateway, type ToKeeper } from './protocol.ts'
import { decodeRefusal } from './refusal.ts'
import { sendCorked } from './send.ts'

/** How long a mutation waits for a keeper that is away: it takes less than a second to start again. */
const patienceMs = 30_000
const retryMs = 100

interface Waiting {
  readonly mutation: Mutation
  sent: boolean
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  readonly giveUp: () => void
}

export interface KeeperLinkOptions {
  readonly socketPath: string
  readonly worker: number
  readonly runtime: Runtime
  /** The keeper is there; it may use another index than before, which is to be opened before this returns. */
  readonly welcomed: (welcome: ToGateway & { type: 'welcome' }) => void
  /** The keeper has decided something else since. */
  readonly storeChanged: (store: StoreView) => void
  readonly answer: (question: Question) => Promise<unknown>
}

/**
 * A gateway's way to the keeper in the other process. When the keeper dies, what was under way is sent again to the
 * next one, which knows what has happened already.
 */
export class KeeperLink implements KeeperPort {
  readonly #options: KeeperLinkOptions
  readonly #waiting = new Map<number, Waiting>()
  #socket: Socket | undefined
  #session = 0
  #nextId = 1
  #ready = false
  #closed = false

  constructor(options: KeeperLinkOptions) {
    this.#options = options
    this.#connect()
  }

  submit<N extends MutationName>(name: N, input: Mutations[N]['input']): Promise<Mutations[N]['result']> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId
      this.#nextId += 1
      const giveUp = this.#options.runtime.clock.after(patienceMs, () => {
        this.#waiting.delete(id)
        reject(new KeeperLostError())
      })
      const waiting: Waiting = {
        mutation: { name, input } as Mutation,
        sent: false,
        resolve: resolve as (result: unknown) => void,
        reject,
        giveUp,
      }
      this.#waiting.set(id, waiting)
      if (this.#ready) this.#submit(id, waiting)
    })
  }

  /** Tells the keeper up to where reads are over, and how clients fare. */
  reportReads(oldestSeq: number, load: ForegroundLoad): void {
    if (this.#ready) this.#send({ type: 'reads', oldestSeq, load })
  }

  /** Tells the keeper that a drive has failed. */
  reportTrouble(device: number, code: string): void {
    if (this.#ready) this.#send({ type: 'trouble', device, code })
  }

  /** Tells the keeper that the index is damaged; it will be made anew. */
  reportDamage(error: unknown, indexPath: string): void {
    if (this.#ready) this.#send({ type: 'damaged', reason: String(error), indexPath })
  }

  close(): void {
    this.#closed = true
    this.#socket?.destroy()
  }

  #connect(): void {
    const socket = connect(this.#options.socketPath)
    const decoder = new FrameDecoder<ToGateway>()
    this.#socket = socket
    socket.on('connect', () => {
      const { worker } = this.#options
      this.#send({ type: 'hello', session: this.#session, processId: process.pid, worker })
    })
    socket.on('data', (chunk: Buffer) => {
      for (const message of decoder.push(chunk)) this.#take(message)
    })
    // 'close' follows, and starts anew.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ready = false
      if (!this.#closed) this.#options.runtime.clock.after(retryMs, () => this.#connect())
    })
  }

  #take(message: ToGateway): void {
    switch (message.type) {
      case 'welcome':
        this.#session = message.session
        this.#ready = true
        // First of all: what may have happened already is remembered only until the reads are told of.
        for (const [id, waiting] of this.#waiting) this.#submit(id, waiting)
        this.#options.welcomed(message)
        // Whether it could be opened or not: nothing more is done to it.
        this.#send({ type: 'opened' })
        return
      case 'store':
        this.#options.storeChanged(message.store)
        return
      case 'ask':
        this.#options
          .answer(message.question)
          .then((value) => this.#send({ type: 'answer', id: message.id, value }))
          .catch(() => this.#send({ type: 'answer', id: message.id, value: undefined }))
        return
      case 'done':
        this.#settle(message.id)?.resolve(message.result)
        return
      case 'refused':
        this.#settle(message.id)?.reject(decodeRefusal(message.refusal))
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiting?.giveUp()
    return waiting
  }

  #submit(id: number, waiting: Waiting): void {
    this.#send({ type: 'submit', id, mutation: waiting.mutation, resent: waiting.sent })
    waiting.sent = true
  }

  #send(message: ToKeeper): void {
    sendCorked(this.#socket, message)
  }
}
