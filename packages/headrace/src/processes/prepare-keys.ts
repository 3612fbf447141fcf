import type { Log } from '../core/events.ts'
import type { Clock, Random } from '../core/runtime.ts'
import { type RootKey, rootKeyAmong, withRootKey } from '../identity/access-keys.ts'
import type { KeyFiles } from '../identity/key-files.ts'
import { changeKeys } from './change-keys.ts'

/**
 * Brings the access keys on all drives up to date, and finds or makes the root owner's pair when it is not given.
 * @throws Error when none of the copies can be read: better no server than one that knows none of its owners' keys
 */
export async function prepareKeys(
  files: KeyFiles,
  given: RootKey | undefined,
  { clock, random, log }: { clock: Clock; random: Random; log: Log },
): Promise<RootKey> {
  const troubles = await changeKeys(files, (keys) => (given === undefined ? withRootKey(keys, random) : keys), clock)
  for (const { path, error, isMended } of troubles) {
    if (isMended) log.warn({ path, err: error }, 'a copy of the access keys was damaged; it is made anew from another')
    else log.error({ path, err: error }, 'a copy of the access keys could not be written; it is older than the others')
  }
  return (given ?? rootKeyAmong(files.read()?.keys ?? [])) as RootKey
}
