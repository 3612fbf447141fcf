import type { BodyFraming, ReadWindow } from './body-framing.ts'
import { MalformedReply, quote } from './reply-head.ts'

/** A size, and extensions that nobody uses. */
const sizeLineBytesMax = 256
/** Trailers are read away: none that S3 sends over HTTP means anything here. */
const trailerBytesMax = 16 * 1024

const sizeLine = /^([0-9a-fA-F]{1,13})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/
const trailerLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/

/** What is expected next. */
type Expected = 'size' | 'data' | 'data-end' | 'trailer' | 'nothing'

/** Takes the framing off a body that comes in chunks (RFC 9112, section 7.1), wherever the reads have cut it. */
export class ChunkedDecoder implements BodyFraming {
  readonly sizeBytes = undefined
  readonly endsWithConnection = false
  #expected: Expected = 'size'
  #leftBytes = 0
  #trailerBytes = 0
  /** The beginning of a line whose end has not come yet. */
  #line = ''

  get isDone(): boolean {
    return this.#expected === 'nothing'
  }

  next(window: ReadWindow): Buffer | undefined {
    while (window.at < window.bytes.length && this.#expected !== 'nothing') {
      if (this.#expected === 'data') return this.#takeData(window)
      const line = this.#takeLine(window)
      if (line !== undefined) this.#takeIn(line)
    }
    return undefined
  }

  #takeData(window: ReadWindow): Buffer {
    const { bytes, at } = window
    const count = Math.min(this.#leftBytes, bytes.length - at)
    this.#leftBytes -= count
    window.at += count
    if (this.#leftBytes === 0) this.#expected = 'data-end'
    return bytes.subarray(at, at + count)
  }

  /** A line without its end; undefined when it goes on in the next window. */
  #takeLine(window: ReadWindow): string | undefined {
    const { bytes, at } = window
    const feed = bytes.indexOf(0x0a, at)
    const end = feed < 0 ? bytes.length : feed + 1
    const lineBytesMax = this.#expected === 'trailer' ? trailerBytesMax : sizeLineBytesMax
    if (this.#line.length + end - at > lineBytesMax) throw new MalformedReply('a line between chunks is too long')
    this.#line += bytes.toString('latin1', at, end)
    window.at = end
    if (feed < 0) return undefined
    const line = this.#line
    this.#line = ''
    if (!line.endsWith('\r\n')) throw new MalformedReply(`a line between chunks has no CR: ${quote(line)}`)
    return line.slice(0, -2)
  }

  #takeIn(line: string): void {
    if (this.#expected === 'size') {
      const size = sizeLine.exec(line)
      if (size === null) throw new MalformedReply(`no size of a chunk: ${quote(line)}`)
      this.#leftBytes = Number.parseInt(size[1] as string, 16)
      this.#expected = this.#leftBytes > 0 ? 'data' : 'trailer'
    } else if (this.#expected === 'data-end') {
      if (line !== '') throw new MalformedReply(`a chunk is longer than its size: ${quote(line)}`)
      this.#expected = 'size'
    } else if (line === '') {
      this.#expected = 'nothing'
    } else {
      this.#trailerBytes += line.length
      if (this.#trailerBytes > trailerBytesMax) throw new MalformedReply('the trailers are too long')
      if (!trailerLine.test(line)) throw new MalformedReply(`no trailer: ${quote(line)}`)
    }
  }
}
