import { type S3ErrorCode, type S3ErrorRow, s3Errors } from './table.ts'

/** Where the cause of an error lies, hence who can act on it. */
export type ErrorOrigin = 'client' | 'gateway' | 'upstream' | 'connection'

/** What an error says beside its code. */
export interface S3ErrorOptions {
  /** What is wrong and what to do about it, for the client. Default: the message of the code's row. */
  message?: string
  origin?: ErrorOrigin
  /** Further elements of the XML document, such as `ArgumentName`. */
  details?: Readonly<Record<string, string>>
  /** Further headers of the reply, such as `Retry-After`. */
  headers?: Readonly<Record<string, string>>
  cause?: unknown
}

/** An expected failure of an S3 request. Any other exception is a bug and becomes `InternalError`. */
export class S3Error extends Error {
  readonly code: S3ErrorCode
  readonly origin: ErrorOrigin
  readonly details: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>

  constructor(code: S3ErrorCode, options: S3ErrorOptions | string = {}) {
    const { message, origin, details, headers, cause } = typeof options === 'string' ? { message: options } : options
    super(message ?? s3Errors[code].message, cause === undefined ? undefined : { cause })
    this.name = 'S3Error'
    this.code = code
    this.origin = origin ?? (s3Errors[code].status >= 500 ? 'gateway' : 'client')
    this.details = details ?? {}
    this.headers = headers ?? {}
  }

  get row(): S3ErrorRow {
    return s3Errors[this.code]
  }

  get status(): number {
    return s3Errors[this.code].status
  }
}
