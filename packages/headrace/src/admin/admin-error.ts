/** Every code of an error of the admin API, with its HTTP status. */
export const adminErrors = {
  InvalidRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  /** The server was not started with --allow-faults. */
  FaultsNotAllowed: 403,
  NotFound: 404,
  NoSuchDrive: 404,
  NoSuchBucket: 404,
  NoSuchObject: 404,
  NoSuchWorker: 404,
  NoSuchUpstream: 404,
  MethodNotAllowed: 405,
  /** The folder cannot be a drive, or is one already. */
  UnusableDrive: 409,
  /** The store could not keep what it promises with the drives that would be left. */
  NotEnoughDrives: 409,
  /** It is not in a state in which this can be done. */
  Conflict: 409,
  TooLarge: 413,
  UnsupportedMediaType: 415,
  InternalError: 500,
  /** Not now: the store is opening, or too many drives are down. */
  Unavailable: 503,
} as const satisfies Record<string, number>

export type AdminErrorCode = keyof typeof adminErrors

/** A failure that an operator can do something about. Anything else that is thrown is a bug, and is told as InternalError. */
export class AdminError extends Error {
  readonly code: AdminErrorCode
  /** What to do; undefined when the message says it. */
  readonly remedy: string | undefined

  constructor(code: AdminErrorCode, message: string, remedy?: string) {
    super(message)
    this.name = 'AdminError'
    this.code = code
    this.remedy = remedy
  }

  get status(): number {
    return adminErrors[this.code]
  }
}
