/**
 * Why a row is among those to be healed: a bit for each chunk that could not be read as it was written; 0 when there are
 * only missing ones.
 */
export function encodeSuspects(mask: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(mask)
  return bytes
}

export function decodeSuspects(bytes: Buffer): number {
  return bytes.readUInt32LE(0)
}
