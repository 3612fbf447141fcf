import type { Principal } from '../core/context.ts'
import type { Log } from '../core/events.ts'
import type { Random, Runtime } from '../core/runtime.ts'
import type { AccessKey } from './key-file.ts'
import type { KeyFiles } from './key-files.ts'
import { newAccessKeyId, newSecretKey } from './new-key.ts'
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
  readonly #files: Pick<KeyFiles, 'read' | 'stamp'>
  readonly #root: RootKey | undefined
  readonly #log: Log
  #stamp = ''
  #revision = 0
  #isFailing = false
  #known = new Map<string, KnownKey>()

  /** @param root the root owner's pair when it is given from outside; else it is among those of the files */
  constructor(
    files: Pick<KeyFiles, 'read' | 'stamp'>,
    root: RootKey | undefined,
    { clock, events }: Pick<Runtime, 'clock' | 'events'>,
  ) {
    this.#files = files
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
      const stamp = this.#files.stamp()
      if (stamp === this.#stamp) return
      this.#know(this.#read())
      this.#stamp = stamp
      this.#isFailing = false
    } catch (error) {
      // It is tried again and again, and said once.
      if (this.#isFailing) return
      this.#isFailing = true
      this.#log.error({ err: error }, 'the access keys could not be read again; those known before stay good')
    }
  }

  #read(): readonly AccessKey[] {
    const file = this.#files.read()
    // When the drive with the newest copy is lost, keys that were removed must not come back.
    if (file !== undefined && file.revision < this.#revision) {
      throw new Error(
        `Revision ${this.#revision} of the access keys is known, and only ${file.revision} is on the drives. ` +
          'Bring the newer one back, or restart the server to go on with the older one.',
      )
    }
    this.#revision = file?.revision ?? 0
    return file?.keys ?? []
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

/** The keys with a pair of the root owner among them: the same array when there was one. */
export function withRootKey(keys: readonly AccessKey[], random: Random): readonly AccessKey[] {
  if (rootKeyAmong(keys) !== undefined) return keys
  return [{ accessKeyId: newAccessKeyId(random), secretKey: newSecretKey(random), owner: rootOwnerName }, ...keys]
}

/** The root owner's pair. */
export function rootKeyAmong(keys: readonly AccessKey[]): RootKey | undefined {
  return keys.find(({ owner }) => owner === rootOwnerName)
}
