/** How clients fare, over the last second or so: background work goes by it. */
export interface ForegroundLoad {
  readonly requestsPerS: number
  /** Until the first byte of a read, or until a write is acknowledged, in milliseconds; 0 without requests. */
  readonly p99Ms: number
}

export const noLoad: ForegroundLoad = { requestsPerS: 0, p99Ms: 0 }
