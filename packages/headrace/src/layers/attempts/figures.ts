/** What the layers that make attempts have done so far, for one store in one process: plain counters for metrics. */
export interface AttemptFigures {
  /** Calls that came to the retry layer, those of other layers for a client's request among them. */
  calls: number
  /** Further attempts after timeouts and resets. */
  retriesAfterBreaks: number
  /** Further attempts after quick refusals, such as 503, and where nobody was there. */
  retriesAfterRefusals: number
  /** Waits for a group in which there was nobody to ask. */
  waitsForUpstreams: number
  /** Failures that another attempt might have mended, and that went to the client since the budget was spent. */
  retriesWithoutBudget: number
  /** Second attempts that were sent because the first was late. */
  hedges: number
  /** Those whose answer came first. */
  hedgesWon: number
  /** Calls that were late and not hedged since the budget was spent. */
  hedgesWithoutBudget: number
  /** Calls that were late and not hedged since the whole group was slow. */
  hedgesHeldBack: number
  /** Continuations of bodies that broke. */
  resumes: number
  /** Bodies that were given up, so that the client saw its connection break. */
  resumesFailed: number
  /** Writes with an unknown outcome that were looked for. */
  readBacks: number
  /** Those whose outcome stayed unknown. */
  readBacksUndecided: number
}

export function createAttemptFigures(): AttemptFigures {
  return {
    calls: 0,
    retriesAfterBreaks: 0,
    retriesAfterRefusals: 0,
    waitsForUpstreams: 0,
    retriesWithoutBudget: 0,
    hedges: 0,
    hedgesWon: 0,
    hedgesWithoutBudget: 0,
    hedgesHeldBack: 0,
    resumes: 0,
    resumesFailed: 0,
    readBacks: 0,
    readBacksUndecided: 0,
  }
}
