import { open } from 'node:fs/promises'
import type { AccessRecord } from '../core/access-record.ts'
import { rotatedPaths } from './access-log.ts'

const readBytes = 1024 * 1024
const newline = 0x0a

/**
 * The record of a request in the access log or one of its rotated files, the youngest first.
 * @param path of the access log
 * @param requestId 16 hexadecimal digits
 * @throws the system's error when the log cannot be read
 */
export async function findRecord(path: string, requestId: string): Promise<AccessRecord | undefined> {
  for (const file of rotatedPaths(path)) {
    const record = await findIn(file, `"requestId":"${requestId.toUpperCase()}"`)
    if (record !== undefined) return record
  }
  return undefined
}

/** Bytes are searched, for of hundreds of megabytes one line is wanted. */
async function findIn(path: string, sought: string): Promise<AccessRecord | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return undefined
  try {
    const buffer = Buffer.allocUnsafe(readBytes)
    /** A line that has begun, and was not read to its end. */
    let rest = Buffer.alloc(0)
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, readBytes)
      const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
      const record = findLine(bytes, sought)
      if (record !== undefined || bytesRead === 0) return record
      // A line longer than a read is none of ours.
      const begun = bytes.subarray(bytes.lastIndexOf(newline) + 1)
      rest = begun.length > readBytes ? Buffer.alloc(0) : Buffer.from(begun)
    }
  } finally {
    await file.close()
  }
}

/** Only whole lines are looked at. A key may contain the text that is sought, so the record itself is asked. */
function findLine(bytes: Buffer, sought: string): AccessRecord | undefined {
  for (let at = bytes.indexOf(sought); at !== -1; at = bytes.indexOf(sought, at + 1)) {
    const end = bytes.indexOf(newline, at)
    if (end === -1) return undefined
    const record = parseRecord(bytes.toString('utf8', bytes.lastIndexOf(newline, at) + 1, end))
    if (record !== undefined && sought.includes(`"${record.requestId}"`)) return record
  }
  return undefined
}

/** A line may have been cut by a crash. */
function parseRecord(line: string): AccessRecord | undefined {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
