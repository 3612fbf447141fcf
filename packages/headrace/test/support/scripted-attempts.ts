import { type ByteSink, type GetObjectInput, type ObjectReader, S3Error, traitsOf } from '@headrace/s3'
import { SimClock } from '../../sim/sim-clock.ts'
import { SimRandom } from '../../sim/sim-random.ts'
import { AttemptError, type AttemptFault } from '../../src/core/attempt.ts'
import { around, type Call, pipeline } from '../../src/core/layer.ts'
import type { Layer, ObjectStore } from '../../src/core/store.ts'
import { type AttemptFigures, createAttemptFigures } from '../../src/layers/attempts/figures.ts'
import { createMemoryStore } from '../../src/store/memory/memory-store.ts'
import { bodyOf } from '../conformance/harness.ts'

/** What an attempt comes to. Nothing said: the store answers at once. */
export interface Step {
  /** What others do before the store is asked. */
  readonly before?: () => Promise<unknown>
  /** Before the answer, or the failure. */
  readonly delayMs?: number
  readonly fault?: AttemptFault
  /** Default: unless there was no connection. */
  readonly wasSent?: boolean
  readonly retryAfterMs?: number
  /** The store does what was asked for, and its answer is lost. */
  readonly isDone?: boolean
  /** The same, when everybody believes that it is over. */
  readonly doneAfterMs?: number | undefined
  /** The body of the reply ends after so many bytes. */
  readonly breaksAt?: number
  readonly breaksWith?: AttemptFault
  /** The body of the request is taken from the client before the attempt fails. */
  readonly touchesBody?: boolean
  /** A reply that is not what the store says. */
  readonly alters?: (output: never) => unknown
}

/** One attempt as it came to the store. */
export interface SeenAttempt extends Pick<Call, 'operation' | 'input'> {
  readonly upstream: string
  readonly atMs: number
  wasAborted: boolean
  wasClosed: boolean
}

type Script = (attempt: SeenAttempt, number: number) => Step | undefined

/**
 * A memory store behind upstreams that do what a script says, on a clock that stands still: it chooses an upstream as a
 * group would, fills in what layers want to know, and hears when it is called off.
 */
export class ScriptedAttempts {
  readonly clock = new SimClock()
  readonly random = new SimRandom(1)
  readonly runtime = { clock: this.clock, random: this.random }
  readonly figures: AttemptFigures = createAttemptFigures()
  readonly memory: ObjectStore = createMemoryStore(this.runtime)
  readonly seen: SeenAttempt[] = []
  readonly #upstreams: readonly string[]
  #next = 0
  script: Script = () => undefined

  constructor(upstreams: readonly string[] = ['a', 'b', 'c']) {
    this.#upstreams = upstreams
  }

  /** The layers under test around the scripted store. */
  behind(...layers: Layer[]): ObjectStore {
    return pipeline(this.memory, [...layers, this.#layer()])
  }

  /** Steps for one attempt after the other; after them, all goes well. */
  play(...steps: (Step | undefined)[]): void {
    this.seen.length = 0
    this.script = (_attempt, number) => steps[number]
  }

  get upstreams(): string[] {
    return this.seen.map(({ upstream }) => upstream)
  }

  #layer(): Layer {
    return around(async (call, next) => {
      const { ctx, operation, input } = call
      const number = this.seen.length
      const upstream = this.#choose(ctx.avoid)
      const attempt = { operation, input, upstream, atMs: this.clock.monotonic(), wasAborted: false, wasClosed: false }
      this.seen.push(attempt)
      if (ctx.attempt !== undefined) ctx.attempt.upstream = upstream
      ctx.notes.upstream = upstream
      ctx.notes.attempts = (ctx.notes.attempts ?? 0) + 1
      ctx.signal.addEventListener('abort', () => {
        attempt.wasAborted = true
      })
      const step = this.script(attempt, number) ?? {}
      const takesBody = traitsOf(operation).carries === 'body'
      if (ctx.attempt !== undefined && takesBody && (step.touchesBody ?? step.fault === undefined)) {
        ctx.attempt.isBodyTouched = true
      }
      await step.before?.()
      if (step.fault !== undefined && step.isDone) await next(ctx)
      if (step.doneAfterMs !== undefined) this.clock.after(step.doneAfterMs, () => void next(ctx).catch(() => {}))
      if (step.delayMs !== undefined) await this.clock.sleep(step.delayMs, ctx.signal)
      if (step.fault !== undefined) throw failed(upstream, step)
      const output = await next(ctx)
      const altered = step.alters === undefined ? output : (step.alters(output as never) as typeof output)
      return operation === 'getObject' ? brittle(altered as ObjectReader, step, attempt) : altered
    })
  }

  /** In turn, as long as the turn is not one to avoid. */
  #choose(avoid: ReadonlySet<string> | undefined): string {
    const wanted = this.#upstreams.filter((name) => !avoid?.has(name))
    const names = wanted.length > 0 ? wanted : this.#upstreams
    this.#next += 1
    return names[(this.#next - 1) % names.length] as string
  }
}

/** What the store over an upstream throws when an attempt fails. */
function failed(upstream: string, { fault = 'reset', wasSent, retryAfterMs }: Step): S3Error {
  const wasNeverSent = fault === 'connect' || fault === 'saturated'
  const cause = new AttemptError({ fault, upstream, wasSent: wasSent ?? !wasNeverSent, retryAfterMs })
  return new S3Error(fault === 'throttled' ? 'SlowDown' : 'ServiceUnavailable', { origin: 'upstream', cause })
}

/** Delivers in pieces out of one buffer, which is written over as soon as the sink has done with it. */
function brittle(reader: ObjectReader, { breaksAt, breaksWith = 'reset', alters }: Step, attempt: SeenAttempt) {
  const pieceBytes = 1000
  const inPieces = async (sink: ByteSink): Promise<void> => {
    const bytes = await collect(reader)
    const buffer = Buffer.alloc(pieceBytes)
    const end = Math.min(bytes.length, breaksAt ?? bytes.length)
    for (let at = 0; at < end; at += pieceBytes) {
      const length = bytes.copy(buffer, 0, at, Math.min(end, at + pieceBytes))
      await sink.write(buffer.subarray(0, length))
      buffer.fill(0xee)
    }
    if (end < bytes.length) throw new AttemptError({ fault: breaksWith, upstream: attempt.upstream, wasSent: true })
  }
  return {
    info: reader.info,
    selection: reader.selection,
    readInto: alters === undefined || breaksAt !== undefined ? inPieces : reader.readInto,
    async close() {
      attempt.wasClosed = true
      await reader.close()
    },
  }
}

/** Everything that a reader delivers. */
export async function collect(reader: Pick<ObjectReader, 'readInto'>): Promise<Buffer> {
  const chunks: Buffer[] = []
  const sink: ByteSink = {
    write(chunk) {
      chunks.push(Buffer.from(chunk))
      return undefined
    },
  }
  await reader.readInto(sink)
  return Buffer.concat(chunks)
}

/** The range of a read, as text. */
export function rangeOf({ input }: SeenAttempt): string {
  const { range } = input as GetObjectInput
  return range === undefined ? 'all' : `${range.first}-${range.last ?? ''}`
}

/** A body that comes from a client, and comes once. */
export function onceBody(bytes: string) {
  return { ...bodyOf(Buffer.from(bytes)), replayable: false }
}
