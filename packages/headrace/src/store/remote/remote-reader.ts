import type { ByteSink, ObjectInfo, ObjectReader, Selection } from '@headrace/s3'
import { AttemptError } from '../../core/attempt.ts'
import type { OpenedObject } from './upstream-caller.ts'

/** Thrown by our own sink when it has all that it wants. */
const enough = Symbol('enough')

/** The bytes of an object as they come from an upstream: of one reply, and hence of one version. */
export class RemoteReader implements ObjectReader {
  readonly info: ObjectInfo
  readonly selection?: Selection
  readonly #opened: OpenedObject
  /** Bytes of the reply before those that are wanted. */
  readonly #skipBytes: number
  readonly #wantedBytes: number
  #isOver = false

  /** @param selection the bytes to deliver, of those that the reply has; undefined for all of the object */
  constructor(opened: OpenedObject, selection: Selection | undefined) {
    this.info = opened.info
    if (selection !== undefined) this.selection = selection
    this.#opened = opened
    this.#skipBytes = opened.selection === undefined ? (selection?.first ?? 0) : 0
    this.#wantedBytes = selection === undefined ? opened.info.sizeBytes : selection.last - selection.first + 1
  }

  async readInto(sink: ByteSink): Promise<void> {
    const { reply } = this.#opened
    const cut = new CutSink(sink, this.#skipBytes, this.#wantedBytes)
    try {
      await reply.readInto(cut)
      this.#isOver = true
    } catch (error) {
      if (error !== enough) throw error
    }
    if (cut.leftBytes > 0) throw this.#truncated(cut.leftBytes)
  }

  async close(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.#opened.reply.abandon()
  }

  #truncated(leftBytes: number): AttemptError {
    const { upstream, reply } = this.#opened
    return new AttemptError({
      fault: 'truncated',
      upstream,
      wasSent: true,
      status: reply.status,
      message: `${upstream}: truncated: the body ended ${leftBytes} bytes too early`,
    })
  }
}

/** Passes on what is wanted of a body, and ends it behind that. */
class CutSink implements ByteSink {
  readonly #sink: ByteSink
  #skipBytes: number
  leftBytes: number

  constructor(sink: ByteSink, skipBytes: number, wantedBytes: number) {
    this.#sink = sink
    this.#skipBytes = skipBytes
    this.leftBytes = wantedBytes
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.leftBytes === 0) throw enough
    const skipped = Math.min(this.#skipBytes, chunk.length)
    this.#skipBytes -= skipped
    const wanted = chunk.subarray(skipped, skipped + this.leftBytes)
    if (wanted.length === 0) return undefined
    this.leftBytes -= wanted.length
    return this.#sink.write(wanted)
  }
}
