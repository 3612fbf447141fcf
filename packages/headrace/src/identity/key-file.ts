import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import type { Random } from '../core/runtime.ts'

/** A pair of keys, and whose it is. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly secretKey: string
  readonly owner: string
}

const formatVersion = 1

/** What keys.json holds. It is readable by its user only: secrets are in it in the clear, since SigV4 needs them so. */
export interface KeyFile {
  readonly keys: readonly AccessKey[]
}

/**
 * @returns undefined when there is no such file
 * @throws Error when it is not a key file, saying what is wrong with it
 */
export function readKeyFile(path: string): KeyFile | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const parsed = parseJson(text) as { formatVersion?: number; keys?: AccessKey[] }
    if (parsed?.formatVersion !== formatVersion || !Array.isArray(parsed.keys))
      throw new Error('its format is not known')
    for (const [position, key] of parsed.keys.entries()) requireWhole(key, position)
    return { keys: parsed.keys }
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}. Mend it, or move it away to make new keys.`)
  }
}

/** The message of JSON.parse would quote the file, and there are secrets in it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it is not valid JSON')
  }
}

function requireWhole(key: Partial<AccessKey> | null, position: number): void {
  for (const part of ['accessKeyId', 'secretKey', 'owner'] as const) {
    if (typeof key?.[part] !== 'string' || key[part] === '') throw new Error(`key ${position + 1} has no ${part}`)
  }
}

export function writeKeyFile(path: string, { keys }: KeyFile): void {
  const temporary = `${path}.new`
  writeFileSync(temporary, `${JSON.stringify({ formatVersion, keys }, undefined, 2)}\n`, { mode: 0o600, flush: true })
  renameSync(temporary, path)
}

/** Changes with every change of the file; 0 when there is none. */
export function keyFileStamp(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** An access key id in the form that people know: 20 letters and digits. */
export function newAccessKeyId(random: Random): string {
  return `HR${Array.from(random.bytes(18), (byte) => alphabet[byte % alphabet.length]).join('')}`
}

/** A secret of 240 random bits, in characters that need no quoting in a shell. */
export function newSecretKey(random: Random): string {
  return random.bytes(30).toString('base64url')
}
