import type { Runtime } from './runtime.ts'

/** Length of an id in bytes. */
export const idBytes = 16

/**
 * A 128-bit id that begins with the time in milliseconds (48 bits), so that ids made one after the other sort that way
 * and lie together in the index; the other 80 bits are random.
 */
export function timeOrderedId({ clock, random }: Pick<Runtime, 'clock' | 'random'>): Buffer {
  const id = Buffer.allocUnsafe(idBytes)
  id.writeUIntBE(clock.now(), 0, 6)
  random.bytes(idBytes - 6).copy(id, 6)
  return id
}
