import { stateKey } from '../store/embedded/index/keys.ts'
import type { WorkStore } from './work-store.ts'

/**
 * What a worker wants to find again after a restart. It is kept in the index: the journal has it on m + 1 drives, and it
 * is rolled forward, checked and restored with everything else, which a file beside it would have to be by itself.
 * @param parse throws, or returns undefined, for what another version of the program has kept; then work begins anew
 */
export function readState<State>(
  { index, runtime }: Pick<WorkStore, 'index' | 'runtime'>,
  name: string,
  parse: (value: unknown) => State | undefined,
): State | undefined {
  index.refresh()
  const bytes = index.get('meta', stateKey(name))
  if (bytes === undefined) return undefined
  try {
    return parse(JSON.parse(bytes.toString()))
  } catch (error) {
    runtime.events.log.warn({ err: error, worker: name }, 'what a worker had kept cannot be read; it begins anew')
    return undefined
  }
}

/** Resolves when it is durable. */
export async function keepState({ keeper }: Pick<WorkStore, 'keeper'>, name: string, state: unknown): Promise<void> {
  await keeper.submit('keepState', { name, value: Buffer.from(JSON.stringify(state)) })
}
