import type { Principal } from '../core/context.ts'
import type { Log } from '../core/events.ts'
import type { Runtime } from '../core/runtime.ts'
import { type AccessKey, keyFileStamp, newAccessKeyId, newSecretKey, readKeyFile, writeKeyFile } from './key-file.ts'
import { ownerNamed, rootOwnerName } from './owner.ts'

/** Keys that were added or removed elsewhere are noticed within this time. */
const refreshMs = 500

interface KnownKey {
  readonly secretKey: string
  readonly principal: Principal
}

export interface RootKey {
  readonly accessKeyId: string
  readonly secretKey: string
}

/** The access keys that are good, as a process of the server knows them. */
export class AccessKeys {
  readonly #path: string
  readonly #root: RootKey | undefined
  readonly #log: Log
  #stamp = -1
  #isFailing = false
  #known = new Map<string, KnownKey>()

  /** @param root the root owner's pair when it is given from outside; else it is in the file */
  constructor(path: string, root: RootKey | undefined, { clock, events }: Pick<Runtime, 'clock' | 'events'>) {
    this.#path = path
    this.#root = root
    this.#log = events.log
    this.#know([])
    this.#load()
    clock.every(refreshMs, () => this.#load())
  }

  secretOf(accessKeyId: string): string | undefined {
    return this.#find(accessKeyId)?.secretKey
  }

  /** Whose key it is. Only to be asked about keys whose signature was good. */
  principalOf(accessKeyId: string): Principal | undefined {
    return this.#find(accessKeyId)?.principal
  }

  #find(accessKeyId: string): KnownKey | undefined {
    const known = this.#known.get(accessKeyId)
    if (known !== undefined) return known
    // It may have been added a moment ago.
    this.#load()
    return this.#known.get(accessKeyId)
  }

  #load(): void {
    try {
      const stamp = keyFileStamp(this.#path)
      if (stamp === this.#stamp) return
      this.#know(readKeyFile(this.#path)?.keys ?? [])
      this.#stamp = stamp
      this.#isFailing = false
    } catch (error) {
      // It is tried again and again, and said once.
      if (this.#isFailing) return
      this.#isFailing = true
      this.#log.error({ err: error }, 'the access keys could not be read again; those known before stay good')
    }
  }

  /** A root pair from outside is the only one: whoever changes it wants the one before to be good no more. */
  #know(stored: readonly AccessKey[]): void {
    const keys =
      this.#root === undefined
        ? stored
        : [...stored.filter(({ owner }) => owner !== rootOwnerName), { ...this.#root, owner: rootOwnerName }]
    this.#known = new Map(keys.map((key) => [key.accessKeyId, knownKey(key)]))
  }
}

function knownKey({ accessKeyId, secretKey, owner: name }: AccessKey): KnownKey {
  const owner = ownerNamed(name)
  return { secretKey, principal: { kind: 'owner', ...owner, accessKeyId, isRoot: name === rootOwnerName } }
}

/** Finds the root owner's pair in the file, or makes one and keeps it there. */
export function ensureRootKey(path: string, { random }: Pick<Runtime, 'random'>): RootKey {
  const file = readKeyFile(path) ?? { keys: [] }
  const existing = file.keys.find((key) => key.owner === rootOwnerName)
  if (existing !== undefined) return existing
  const key = { accessKeyId: newAccessKeyId(random), secretKey: newSecretKey(random), owner: rootOwnerName }
  writeKeyFile(path, { keys: [key, ...file.keys] })
  return key
}
