import { Headers } from '@headrace/s3'

/** Thrown for bytes that are no reply of HTTP/1.1, or one that could be understood in two ways. */
export class MalformedReply extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MalformedReply'
  }
}

/** Status line and headers of a reply. */
export interface ReplyHead {
  readonly status: number
  /** Minor version of HTTP/1: 0 closes its connections unless it says otherwise. */
  readonly minorVersion: number
  readonly headers: Headers
}

const endMark = Buffer.from('\r\n\r\n')
const beginning = 'HTTP/1.'
const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const fieldLines = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/
const fieldLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/

/**
 * Where the head that begins these bytes ends, behind its empty line; undefined when it is not there yet.
 * @throws MalformedReply when they begin otherwise than a reply: whoever speaks another protocol is told at once
 */
export function findHeadEnd(bytes: Buffer, bytesMax: number): number | undefined {
  const start = bytes.toString('latin1', 0, beginning.length)
  if (!beginning.startsWith(start)) throw new MalformedReply(`no reply of HTTP/1.1 begins with ${quote(start)}`)
  const at = bytes.indexOf(endMark)
  const sizeBytes = at < 0 ? bytes.length : at + endMark.length
  if (sizeBytes > bytesMax) throw new MalformedReply(`the head of the reply is longer than ${bytesMax} bytes`)
  return at < 0 ? undefined : sizeBytes
}

/**
 * Reads a head as RFC 9112 has it, and not more generously: lines end with CR LF, nothing is folded, no blank stands
 * before a colon, and there are no control characters.
 * @param bytes from the status line to the empty line, which is included
 */
export function parseReplyHead(bytes: Buffer): ReplyHead {
  const text = bytes.toString('latin1')
  const lineEnd = text.indexOf('\r\n')
  const status = statusLine.exec(text.slice(0, lineEnd))
  if (status === null) throw new MalformedReply(`no status line: ${quote(text.slice(0, lineEnd))}`)
  const fields = text.slice(lineEnd + 2, -2)
  if (!fieldLines.test(fields)) throw malformedField(fields)
  const raw: string[] = []
  for (let at = 0; at < fields.length; ) {
    const colon = fields.indexOf(':', at)
    const end = fields.indexOf('\r\n', colon)
    raw.push(fields.slice(at, colon), fields.slice(colon + 1, end))
    at = end + 2
  }
  return { status: Number(status[2]), minorVersion: Number(status[1]), headers: new Headers(raw) }
}

function malformedField(fields: string): MalformedReply {
  const wrong = fields.split('\r\n').find((line) => !fieldLine.test(line)) ?? ''
  const isFolded = /^[ \t]/.test(wrong)
  return new MalformedReply(`${isFolded ? 'a header is folded over lines' : 'no header'}: ${quote(wrong)}`)
}

/** What stood there, for a message: short, and harmless in a log. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
