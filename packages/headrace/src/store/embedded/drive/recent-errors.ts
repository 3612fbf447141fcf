import { systemCode } from './drive.ts'

const keptMs = 60_000
/** More in a minute say nothing new. */
const keptMax = 1_000

/** Errors of the last minute. */
export class RecentErrors {
  readonly #errors: { readonly code: string; readonly atMs: number }[] = []

  record(error: unknown, atMs: number): void {
    this.#forget(atMs)
    if (this.#errors.length >= keptMax) this.#errors.shift()
    this.#errors.push({ code: systemCode(error) ?? 'unknown', atMs })
  }

  /** How many there were of each code. */
  byCode(nowMs: number): ReadonlyMap<string, number> {
    this.#forget(nowMs)
    const counts = new Map<string, number>()
    for (const { code } of this.#errors) counts.set(code, (counts.get(code) ?? 0) + 1)
    return counts
  }

  #forget(nowMs: number): void {
    const first = this.#errors.findIndex(({ atMs }) => atMs > nowMs - keptMs)
    this.#errors.splice(0, first < 0 ? this.#errors.length : first)
  }
}
