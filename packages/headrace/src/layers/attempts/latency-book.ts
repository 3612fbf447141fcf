import type { Clock } from '../../core/runtime.ts'
import { LatencyTrack } from './latency-track.ts'

/** Long enough for a p95 of a quiet store, short enough to notice that it has become slow. */
const windowMs = 3_000
/** An upstream that nothing was heard from for so long is forgotten: names come and go with DNS. */
const forgetMs = 600_000
/** An answer that is worked out anew for each call would cost more than it is worth. */
const keepMs = 100

interface UpstreamTracks {
  readonly byClass: Map<string, LatencyTrack>
  heardMs: number
}

/**
 * How long the first bytes of each upstream of a store take, by class of read. What is asked for is the lower median of
 * the upstreams: one that is slow must neither excuse itself by what is usual for it, nor look like a slow group.
 */
export class LatencyBook {
  readonly #clock: Clock
  readonly #upstreams = new Map<string, UpstreamTracks>()
  readonly #usual = new Map<string, { readonly p95Ms: number | undefined; readonly untilMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param ms until the first byte; of an attempt that was given up, so long as it was waited for */
  record(upstream: string | undefined, readClass: string, ms: number): void {
    if (upstream === undefined) return
    const nowMs = this.#clock.monotonic()
    const { byClass } = this.#tracksOf(upstream, nowMs)
    let track = byClass.get(readClass)
    if (track === undefined) {
      track = new LatencyTrack(windowMs, nowMs)
      byClass.set(readClass, track)
    }
    track.record(ms, nowMs)
  }

  /** Undefined as long as too little is known. */
  usualP95Ms(readClass: string): number | undefined {
    const nowMs = this.#clock.monotonic()
    const kept = this.#usual.get(readClass)
    if (kept !== undefined && nowMs < kept.untilMs) return kept.p95Ms
    const p95Ms = this.#lowerMedian(readClass, (track) => track.usualP95Ms)
    this.#usual.set(readClass, { p95Ms, untilMs: nowMs + keepMs })
    return p95Ms
  }

  /** Of the last seconds; undefined when too little was read in them. */
  recentP95Ms(readClass: string): number | undefined {
    const nowMs = this.#clock.monotonic()
    return this.#lowerMedian(readClass, (track) => track.recentP95Ms(nowMs))
  }

  /** Whether any other upstream was heard from lately: a second attempt at the same one would only be more load. */
  knowsOther(upstream: string): boolean {
    const sinceMs = this.#clock.monotonic() - forgetMs
    for (const [name, { heardMs }] of this.#upstreams) if (name !== upstream && heardMs >= sinceMs) return true
    return false
  }

  #tracksOf(upstream: string, nowMs: number): UpstreamTracks {
    let tracks = this.#upstreams.get(upstream)
    if (tracks === undefined) {
      this.#forget(nowMs)
      tracks = { byClass: new Map(), heardMs: nowMs }
      this.#upstreams.set(upstream, tracks)
    }
    tracks.heardMs = nowMs
    return tracks
  }

  #forget(nowMs: number): void {
    for (const [name, { heardMs }] of this.#upstreams) if (nowMs - heardMs > forgetMs) this.#upstreams.delete(name)
  }

  #lowerMedian(readClass: string, p95MsOf: (track: LatencyTrack) => number | undefined): number | undefined {
    const p95s: number[] = []
    for (const { byClass } of this.#upstreams.values()) {
      const track = byClass.get(readClass)
      const p95Ms = track && p95MsOf(track)
      if (p95Ms !== undefined) p95s.push(p95Ms)
    }
    p95s.sort((a, b) => a - b)
    return p95s[(p95s.length - 1) >> 1]
  }
}
