/** How a drive does, as this process sees it. */
export interface DriveHealth {
  /** An outlier against its peers: read around, and not written to where that can be. */
  readonly isSlow: boolean
  /** Of recent reads of up to 1 MiB, in milliseconds; 0 when there were none. */
  readonly readP50Ms: number
  readonly readP95Ms: number
  /** Of recent writes of up to 1 MiB, and of syncs of as much. */
  readonly writeP50Ms: number
  readonly writeP95Ms: number
  /** Calls on the drive. */
  readonly inFlight: number
  /** Calls that wait for their turn. */
  readonly waiting: number
  /** Age of the longest call on the drive. */
  readonly oldestCallMs: number
  /** How many calls of the last minute failed, by the system's code. */
  errors(): ReadonlyMap<string, number>
}
