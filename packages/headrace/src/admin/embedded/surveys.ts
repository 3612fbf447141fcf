import { atMost } from '../../core/at-most.ts'
import type { WorkStore } from '../../work/work-store.ts'
import { Survey, takeSurvey } from './survey.ts'

/** A survey is good for so many times as long as it took, so that surveys take a twentieth of the time at most. */
const ageFactor = 20
/** However quick it is: for those who ask twice in one breath. */
const ageMsMin = 250
/** Who asks how the store is gets an answer after so long; who asks what a change would move, waits longer for it. */
const recentMs = 1_000
const wholeMs = 10_000
/** A map that changes all the time must not keep anybody waiting for ever. */
const attemptsMax = 2

/** Takes surveys when somebody asks and the last is too old, one at a time. */
export class Surveys {
  readonly #store: WorkStore
  readonly #workEndedMs: () => number
  #last: Survey | undefined
  #next: { readonly survey: Survey; readonly whole: Promise<void> } | undefined

  /** @param workEndedMs when background work was done last, by the wall clock: surveys of before are out of date */
  constructor(store: WorkStore, workEndedMs: () => number) {
    this.#store = store
    this.#workEndedMs = workEndedMs
  }

  /**
   * The newest that can be had within a second. In a large store that is one of a while ago, and right after the start
   * one that is still being taken: then its `tookMs` is undefined.
   */
  recent(): Promise<Survey> {
    return this.#within(recentMs)
  }

  /** A whole one: of now, or, where that takes too long, of a while ago. */
  async whole(): Promise<Survey> {
    const survey = await this.#within(wholeMs)
    return survey.tookMs === undefined ? await this.#fresh() : survey
  }

  async #within(ms: number): Promise<Survey> {
    if (this.#last !== undefined && this.#isFresh(this.#last)) return this.#last
    const fresh = this.#fresh()
    await atMost(this.#store.runtime.clock, ms, fresh)
    return this.#last ?? this.#next?.survey ?? (await fresh)
  }

  async #fresh(): Promise<Survey> {
    for (let attempt = 1; ; attempt += 1) {
      const { survey, whole } = this.#next ?? this.#begin()
      await whole
      if (attempt === attemptsMax || !this.#isOutdated(survey)) return survey
    }
  }

  #isFresh(survey: Survey): boolean {
    const { tookMs = 0, startedMs } = survey
    const ageMs = this.#store.runtime.clock.now() - startedMs - tookMs
    return ageMs >= -1 && ageMs <= Math.max(ageMsMin, ageFactor * tookMs) && !this.#isOutdated(survey)
  }

  #isOutdated({ epoch, startedMs }: Survey): boolean {
    return epoch !== this.#store.maps.current.map.epoch || startedMs < this.#workEndedMs()
  }

  #begin(): { readonly survey: Survey; readonly whole: Promise<void> } {
    const survey = new Survey(this.#store)
    const whole = takeSurvey(this.#store, survey).then(
      () => {
        this.#last = survey
        this.#next = undefined
      },
      (error) => {
        this.#next = undefined
        throw error
      },
    )
    this.#next = { survey, whole }
    return this.#next
  }
}
