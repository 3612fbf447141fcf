import type { Clock } from '../../core/runtime.ts'
import type { AnswerMessage, AskMessage, GatewayQuestion } from '../messages.ts'

/** How long a gateway may take for an answer. */
const answerMs = 2_000

/** Asks gateways over the channels to them. */
export class Questions {
  readonly #clock: Clock
  readonly #open = new Map<number, (value: unknown) => void>()
  #nextId = 1

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @returns what they answer; one that does not in time is left out */
  async ask(
    gateways: readonly { send?(message: AskMessage, sent: () => void): unknown }[],
    question: GatewayQuestion,
  ): Promise<unknown[]> {
    const answers = await Promise.all(
      gateways.map((gateway) => this.#askOne((message) => gateway.send?.(message, () => {}), question)),
    )
    return answers.filter((answer) => answer !== undefined)
  }

  answer({ id, value }: AnswerMessage): void {
    this.#open.get(id)?.(value)
  }

  #askOne(send: (message: AskMessage) => void, question: GatewayQuestion): Promise<unknown> {
    const id = this.#nextId
    this.#nextId += 1
    return new Promise((resolve) => {
      const finish = (value: unknown) => {
        this.#open.delete(id)
        cancel()
        resolve(value)
      }
      const cancel = this.#clock.after(answerMs, () => finish(undefined))
      this.#open.set(id, finish)
      send({ type: 'ask', id, question })
    })
  }
}
