import { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'
import type { ByteSink } from '../operations/body.ts'
import { readDisposition } from './disposition.ts'

/** What a form says before its file begins. */
export interface FormStart {
  /** By lower-case name; the text is UTF-8. */
  readonly fields: ReadonlyMap<string, string>
  /** Name of the file as the browser gave it, without folders. */
  readonly filename: string
}

/**
 * The boundary of multipart/form-data (RFC 7578, section 4.1; RFC 2046, section 5.1.1 limits it to 70 characters).
 * @throws S3Error MalformedPOSTRequest
 */
export function formBoundary(contentType: string | undefined): string {
  const match = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? '')
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) throw malformed('the Content-Type has no boundary')
  return boundary
}

/**
 * Reads a form upload as its bytes stream through: first the fields, kept in memory, then the file, passed on to a sink.
 * S3 ignores everything behind the file, and so does this.
 */
export class FormReader {
  /** What precedes every part, and the end: CRLF and the beginning of the boundary line. */
  readonly #delimiter: Buffer
  readonly #fields = new Map<string, string>()
  #fieldsBytes = 0
  /** Bytes not yet understood. */
  #pending: Buffer
  #state: 'fields' | 'file' | 'end' = 'fields'

  constructor(boundary: string) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
    // With a CRLF put before it, the first boundary looks like all the others.
    this.#pending = Buffer.from('\r\n')
  }

  /**
   * @returns the fields, as soon as the file begins; then its bytes go to `readFile`, beginning with an empty chunk for
   *   those that came along already
   * @throws S3Error MalformedPOSTRequest, MaxPostPreDataLengthExceeded or IncorrectNumberOfFilesInPostRequest
   */
  readFields(chunk: Uint8Array): FormStart | undefined {
    this.#pending = Buffer.concat([this.#pending, chunk])
    for (;;) {
      const part = this.#takePart()
      if (part === undefined) {
        if (this.#fieldsBytes + this.#pending.length > limits.formFieldsBytesMax) throw tooLong()
        return undefined
      }
      if (part.name === 'file') {
        this.#state = 'file'
        return { fields: this.#fields, filename: part.filename }
      }
      this.#fields.set(part.name, part.value)
    }
  }

  /** Takes one part from what is pending: a field with its value, or the head of the file. Undefined: it needs more. */
  #takePart(): { name: string; filename: string; value: string } | undefined {
    const start = this.#delimiter.length
    const pending = this.#pending
    if (pending.length < start + 2) return undefined
    if (!pending.subarray(0, start).equals(this.#delimiter)) throw malformed('it does not begin with its boundary')
    if (pending.toString('latin1', start, start + 2) === '--') {
      throw new S3Error('IncorrectNumberOfFilesInPostRequest')
    }
    const headersEnd = pending.indexOf('\r\n\r\n', start)
    if (headersEnd < 0) return undefined
    const disposition = readDisposition(decodeText(pending.subarray(start, headersEnd)))
    if (disposition === undefined) throw malformed('a part has no name')
    const { name, filename } = disposition
    const valueStart = headersEnd + 4
    const isFile = name === 'file'
    const end = isFile ? valueStart : pending.indexOf(this.#delimiter, valueStart)
    if (end < 0) return undefined
    this.#fieldsBytes += end
    if (this.#fieldsBytes > limits.formFieldsBytesMax) throw tooLong()
    this.#pending = pending.subarray(end)
    return { name, filename, value: decodeText(pending.subarray(valueStart, end)) }
  }

  /** Passes bytes of the file on. The last bytes are held back as long as they could be the beginning of the boundary. */
  readFile(chunk: Uint8Array, sink: ByteSink): Promise<void> | undefined {
    if (this.#state === 'end') return undefined
    const view = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const data = this.#pending.length === 0 ? view : Buffer.concat([this.#pending, view])
    const end = data.indexOf(this.#delimiter)
    const safe = end < 0 ? Math.max(0, data.length - this.#delimiter.length + 1) : end
    // What is held back outlives the chunk, whose memory is the writer's again when this is done.
    this.#pending = end < 0 ? Buffer.from(data.subarray(safe)) : Buffer.alloc(0)
    if (end >= 0) this.#state = 'end'
    return safe === 0 ? undefined : sink.write(data.subarray(0, safe))
  }

  /** @throws S3Error when the form broke off */
  finish(): void {
    if (this.#state === 'fields') throw malformed('it has no file, or its end is missing')
    if (this.#state === 'file') throw new S3Error('IncompleteBody')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes that are no UTF-8 would become other ones, and the object would be stored under a key that nobody chose. */
function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw malformed('a field, its name or the name of the file is not UTF-8')
  }
}

function tooLong(): S3Error {
  return new S3Error('MaxPostPreDataLengthExceeded')
}

function malformed(what: string): S3Error {
  return new S3Error('MalformedPOSTRequest', `The form cannot be read: ${what}.`)
}
