import type { Clock } from '../../../core/runtime.ts'

/** Something that is done on one of several drives. */
export interface SharedTask<T> {
  readonly work: Promise<T>
  /** Its success is reason enough to lose patience with the others. */
  readonly counts: boolean
}

export type Outcome<T> =
  | { readonly state: 'done'; readonly value: T }
  | { readonly state: 'failed'; readonly error: unknown }
  /** It was not waited for any longer. */
  | { readonly state: 'late' }

/** A process that was busy for long sets off its timers before it hears of what was done: it takes several turns to be late. */
const turns = 4

/**
 * Waits for what is done on several drives at once. Those that are not done so long after the last success of those
 * that count are late: a drive that hangs must not hold up the others. While none has succeeded, all are waited for.
 * @returns by task
 */
export function settleTogether<T>(
  tasks: readonly SharedTask<T>[],
  { clock, patienceMs }: { clock: Clock; patienceMs: number },
): Promise<Outcome<T>[]> {
  const outcomes: (Outcome<T> | undefined)[] = tasks.map(() => undefined)
  return new Promise((resolve) => {
    let left = tasks.length
    let countingLeft = tasks.filter(({ counts }) => counts).length
    let stop = () => {}
    const finish = () => {
      stop()
      left = 0
      resolve(outcomes.map((outcome) => outcome ?? { state: 'late' }))
    }
    const losePatience = (turnsLeft: number) => {
      stop()
      stop = clock.after(patienceMs / turns, () => (turnsLeft > 1 ? losePatience(turnsLeft - 1) : finish()))
    }
    const settle = (index: number, outcome: Outcome<T>) => {
      if (left === 0) return
      outcomes[index] = outcome
      left -= 1
      const { counts } = tasks[index] as SharedTask<T>
      if (counts) countingLeft -= 1
      if (left === 0) finish()
      else if (counts && (outcome.state === 'done' || countingLeft === 0)) losePatience(turns)
    }
    if (left === 0) finish()
    for (const [index, { work }] of tasks.entries()) {
      work.then(
        (value) => settle(index, { state: 'done', value }),
        (error) => settle(index, { state: 'failed', error }),
      )
    }
  })
}
