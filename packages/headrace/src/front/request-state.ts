import type { IncomingMessage, ServerResponse } from 'node:http'
import type { OperationName } from '@headrace/s3'
import { anonymous, type Principal, type RequestContext, type RequestNotes } from '../core/context.ts'

/**
 * One request on its way, and what becomes known of it. It is the context of its calls, and at the end the record in the
 * access log is made from it.
 */
export class RequestState implements RequestContext {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly startedMs: number
  readonly time: string
  readonly notes: RequestNotes = { trail: [] }
  /** The client still waits for `100 Continue` before it sends the body. */
  expectsContinue: boolean
  principal: Principal = anonymous

  operation: OperationName | undefined
  bucket: string | undefined
  key: string | undefined
  errorCode: string | undefined
  objectSize: number | undefined
  etag: string | undefined
  rangeStart: number | undefined
  rangeLength: number | undefined
  bytesIn = 0
  bytesOut = 0
  firstByteMs = 0
  /** The rest of the body cannot come, though the client may still hear a reply. */
  isBodyCut = false
  /** Set while the body is read. */
  onBodyCut: (() => void) | undefined
  #abort: AbortController | undefined
  #isGone = false

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    options: { requestId: string; startedMs: number; nowMs: number; expectsContinue: boolean },
  ) {
    this.request = request
    this.response = response
    this.requestId = options.requestId
    this.startedMs = options.startedMs
    this.time = new Date(options.nowMs).toISOString()
    this.expectsContinue = options.expectsContinue
  }

  /** Made when somebody asks for it: few do, and it costs more than the rest of a small request. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#isGone) this.#abort.abort()
    return this.#abort.signal
  }

  /** The client went away before it had a whole reply. */
  get isGone(): boolean {
    return this.#isGone
  }

  cutBody(): void {
    this.isBodyCut = true
    this.onBodyCut?.()
  }

  /** The client is gone. */
  abandon(): void {
    this.#isGone = true
    this.#abort?.abort()
  }
}
