import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { type ForegroundLoad, noLoad } from '../../../core/foreground-load.ts'
import type { Runtime } from '../../../core/runtime.ts'
import type { Keeper } from '../keeper/keeper.ts'
import { FrameDecoder, type Question, type StoreView, type ToGateway, type ToKeeper } from './protocol.ts'
import { encodeRefusal } from './refusal.ts'
import { sendCorked } from './send.ts'

/** How long a gateway may take for an answer. */
const answerMs = 2_000
/** How long it may take to open the index, which holds up commits: a drive is slow, but not that slow. */
const openMsMax = 10_000
/** By then, a process that was killed does nothing any more. */
const endMs = 1_000

/** A gateway that is connected. */
interface Gateway {
  readonly socket: Socket
  session: number
  worker: number
  processId: number
  /** It is opening the index: each lets commits go on. */
  readonly openings: (() => void)[]
  /** No read that began at or before it is over. */
  oldestSeq: number
  load: ForegroundLoad
  /** Mutations that are not answered yet. */
  submitted: number
  isGone: boolean
}

export interface KeeperServerOptions {
  readonly keeper: Keeper
  readonly socketPath: string
  /** Where gateways find the index; it may become another one. */
  readonly indexPath: () => string
  readonly store: () => StoreView
  readonly runtime: Runtime
  /** A gateway has found the index damaged. */
  readonly damaged: (error: unknown, indexPath: string) => void
  /** A drive has failed a gateway. */
  readonly trouble: (device: number, code: string) => void
  /** Ends a gateway that hangs, so that it certainly does nothing more. */
  readonly endGateway: (processId: number) => void
}

/**
 * The keeper's end of the links to the gateways. While a gateway opens the index, nothing is committed: whoever opens an
 * LMDB environment sets the number of its newest transaction to what was read a moment before, so that one which another
 * process commits in between is lost, and later ones are written over what is left (OpenLDAP ITS#9496, not mended in
 * lmdb-js).
 */
export class KeeperServer {
  readonly #options: KeeperServerOptions
  readonly #server: Server
  readonly #gateways = new Set<Gateway>()
  readonly #questions = new Map<number, (value: unknown) => void>()
  #nextQuestion = 1

  constructor(options: KeeperServerOptions) {
    this.#options = options
    this.#server = createServer((socket) => this.#accept(socket))
  }

  async listen(): Promise<void> {
    // A socket of an earlier keeper; the lock of the store says that it is gone.
    rmSync(this.#options.socketPath, { force: true })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#options.socketPath, resolve)
    })
  }

  /**
   * Sessions that are connected, each with the commit up to which its reads are over. One that is gone counts as long as
   * mutations of it are under way: their files must not be taken for left-overs.
   */
  sessions(): Map<number, number> {
    return new Map([...this.#gateways].filter(({ session }) => session > 0).map((g) => [g.session, g.oldestSeq]))
  }

  /** How the clients of all gateways fare. */
  load(): ForegroundLoad {
    let requestsPerS = 0
    let [p99Ms, p90Ms] = [0, 0]
    for (const { load, isGone } of this.#gateways) {
      if (isGone) continue
      requestsPerS += load.requestsPerS
      p99Ms = Math.max(p99Ms, load.p99Ms)
      p90Ms = Math.max(p90Ms, load.p90Ms)
    }
    return { requestsPerS, p99Ms, p90Ms }
  }

  /** Sends the gateways to another index. */
  moveIndex(): void {
    for (const gateway of this.#welcomed()) this.#letOpen(gateway)
  }

  /** Tells the gateways what was decided. */
  sendStore(): void {
    const store = this.#options.store()
    for (const { socket } of this.#welcomed()) sendCorked(socket, { type: 'store', store })
  }

  #welcomed(): Gateway[] {
    return [...this.#gateways].filter(({ isGone, session }) => !isGone && session > 0)
  }

  /** Asks every gateway; one that does not answer in time is left out. */
  async ask(question: Question): Promise<unknown[]> {
    const there = [...this.#gateways].filter(({ isGone }) => !isGone)
    const answers = await Promise.all(there.map((gateway) => this.#askOne(gateway, question)))
    return answers.filter((answer) => answer !== undefined)
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const { socket } of this.#gateways) socket.destroy()
    await closed
  }

  #askOne(gateway: Gateway, question: Question): Promise<unknown> {
    const id = this.#nextQuestion
    this.#nextQuestion += 1
    return new Promise((resolve) => {
      const finish = (value: unknown) => {
        this.#questions.delete(id)
        cancel()
        resolve(value)
      }
      const cancel = this.#options.runtime.clock.after(answerMs, () => finish(undefined))
      this.#questions.set(id, finish)
      sendCorked(gateway.socket, { type: 'ask', id, question })
    })
  }

  #accept(socket: Socket): void {
    const gateway: Gateway = {
      socket,
      session: 0,
      worker: 0,
      processId: 0,
      openings: [],
      oldestSeq: 0,
      load: noLoad,
      submitted: 0,
      isGone: false,
    }
    const decoder = new FrameDecoder<ToKeeper>()
    this.#gateways.add(gateway)
    socket.on('data', (chunk: Buffer) => {
      for (const message of decoder.push(chunk)) this.#take(gateway, message)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      gateway.isGone = true
      for (const goOn of gateway.openings.splice(0)) goOn()
      this.#forgetIfOver(gateway)
    })
  }

  #forgetIfOver(gateway: Gateway): void {
    if (gateway.isGone && gateway.submitted === 0) this.#gateways.delete(gateway)
  }

  #take(gateway: Gateway, message: ToKeeper): void {
    switch (message.type) {
      case 'hello':
        this.#welcome(gateway, message).catch((error) => {
          this.#options.runtime.events.log.error({ err: error }, 'a gateway could not be given a session')
          gateway.socket.destroy()
        })
        return
      case 'opened':
        gateway.openings.shift()?.()
        return
      case 'reads':
        gateway.oldestSeq = message.oldestSeq
        gateway.load = message.load
        return
      case 'trouble':
        this.#options.trouble(message.device, message.code)
        return
      case 'answer':
        this.#questions.get(message.id)?.(message.value)
        return
      case 'damaged':
        this.#options.damaged(new Error(`gateway ${gateway.worker}: ${message.reason}`), message.indexPath)
        return
      case 'submit':
        this.#submit(gateway, message)
    }
  }

  async #welcome(gateway: Gateway, hello: ToKeeper & { type: 'hello' }): Promise<void> {
    const { keeper, runtime } = this.#options
    gateway.worker = hello.worker
    gateway.processId = hello.processId
    let { session } = hello
    if (session === 0) {
      const opened = await keeper.submit('openSession', { processId: hello.processId, startedMs: runtime.clock.now() })
      session = opened.session
    }
    gateway.session = session
    await this.#letOpen(gateway)
  }

  /** Tells a gateway where the index is, at a moment when it can be opened. */
  async #letOpen(gateway: Gateway): Promise<void> {
    const { keeper, runtime, indexPath, store, endGateway } = this.#options
    const { socket, session, processId, worker } = gateway
    const resume = await keeper.pause()
    if (gateway.isGone) return resume()
    const cancel = runtime.clock.after(openMsMax, () => {
      runtime.events.log.error({ worker, processId }, 'a gateway that opens the index hangs; it is ended')
      endGateway(processId)
      runtime.clock.after(endMs, resume)
    })
    gateway.openings.push(() => {
      cancel()
      resume()
    })
    sendCorked(socket, { type: 'welcome', session, indexPath: indexPath(), store: store() })
  }

  #submit(gateway: Gateway, { id, mutation, resent }: ToKeeper & { type: 'submit' }): void {
    gateway.submitted += 1
    const reply = (message?: ToGateway) => {
      if (message !== undefined) sendCorked(gateway.socket, message)
      gateway.submitted -= 1
      this.#forgetIfOver(gateway)
    }
    this.#options.keeper.submit(mutation.name, mutation.input, { resent }).then(
      (result) => reply({ type: 'done', id, result }),
      (error) => {
        const refusal = encodeRefusal(error)
        // Without an answer the gateway keeps the mutation, and sends it again to the next keeper.
        reply(refusal && { type: 'refused', id, refusal })
      },
    )
  }
}
