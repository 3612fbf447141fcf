/** A promise that a test settles by hand. */
export interface Deferred<T = void> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

export function deferred<T = void>(): Deferred<T> {
  return Promise.withResolvers<T>()
}

/** Everything that can go on without time passing or bytes coming has gone on. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** Looks again and again until it is so: for what another process, or the system, does in its own time. */
export async function until(what: string, isSo: () => unknown, secondsMax = 15): Promise<void> {
  const endMs = performance.now() + secondsMax * 1000
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`it never came to this: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
