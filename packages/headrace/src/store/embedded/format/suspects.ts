/**
 * Why a row is among those to be looked at: a bit for each chunk that could not be read as it was written; 0 when there
 * are only missing ones, or ones that are not where they belong.
 */
export function encodeSuspects(mask: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(mask)
  return bytes
}

/** Chunks of uncommonly wide stripes share the last bit: then all of these are looked at. */
export function suspectBit(chunk: number): number {
  return 2 ** Math.min(chunk, 31)
}

export function isSuspect(mask: number, chunk: number): boolean {
  return (mask & suspectBit(chunk)) !== 0
}

export function decodeSuspects(bytes: Buffer): number {
  return bytes.readUInt32LE(0)
}
