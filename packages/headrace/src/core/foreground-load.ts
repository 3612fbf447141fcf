/** How clients fare, over the last second or so: background work goes by it. */
export interface ForegroundLoad {
  readonly requestsPerS: number
  /** Until the first byte of a read, or until a write is acknowledged, in milliseconds; 0 without requests. */
  readonly p99Ms: number
  /** Of a hundred requests, one says little about the next hundred; this one says more. */
  readonly p90Ms: number
}

export const noLoad: ForegroundLoad = { requestsPerS: 0, p99Ms: 0, p90Ms: 0 }
