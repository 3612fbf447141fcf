import { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'
import type { ByteSink } from '../operations/body.ts'

/** What a form says before its file begins. */
export interface FormStart {
  /** By lower-case name; the text is UTF-8. */
  readonly fields: ReadonlyMap<string, string>
  /** Name of the file as the browser gave it, without folders. */
  readonly filename: string
}

/** The boundary of multipart/form-data (RFC 7578, section 4.1; RFC 2046, section 5.1.1 limits it to 70 characters). */
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
  readonly #boundary: string
  /** What precedes every part but the first: CRLF and the boundary line's beginning. */
  readonly #delimiter: Buffer
  readonly #fields = new Map<string, string>()
  /** Bytes not yet understood. */
  #pending: Buffer
  #state: 'fields' | 'file' | 'end' = 'fields'

  constructor(boundary: string) {
    this.#boundary = boundary
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
    // With a CRLF put before it, the first boundary looks like all the others.
    this.#pending = Buffer.from('\r\n')
  }

  /** @returns the fields, as soon as the file begins; then its bytes go to `readFile` */
  readFields(chunk: Uint8Array): FormStart | undefined {
    this.#pending = Buffer.concat([this.#pending, chunk])
    while (this.#state === 'fields') {
      const headersEnd = this.#pending.indexOf('\r\n\r\n', this.#delimiter.length)
      if (headersEnd < 0) break
      if (!this.#pending.subarray(0, this.#delimiter.length).equals(this.#delimiter))
        throw malformed('it does not begin with its boundary')
      const { name, filename } = readDisposition(this.#pending.toString('utf8', this.#delimiter.length, headersEnd))
      if (name === 'file') {
        this.#pending = this.#pending.subarray(headersEnd + 4)
        this.#state = 'file'
        return { fields: this.#fields, filename }
      }
      const end = this.#pending.indexOf(this.#delimiter, headersEnd + 4)
      if (end < 0) break
      this.#fields.set(name, this.#pending.toString('utf8', headersEnd + 4, end))
      this.#pending = this.#pending.subarray(end)
    }
    if (this.#pending.length > limits.formFieldsBytesMax) throw new S3Error('MaxPostPreDataLengthExceeded')
    if (this.#pending.includes(`--${this.#boundary}--`)) throw new S3Error('IncorrectNumberOfFilesInPostRequest')
    return undefined
  }

  /** Passes bytes of the file on. The last bytes are held back as long as they could be the beginning of the boundary. */
  readFile(chunk: Uint8Array, sink: ByteSink): Promise<void> | undefined {
    if (this.#state === 'end') return undefined
    const data = this.#pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#pending, chunk])
    const end = data.indexOf(this.#delimiter)
    const safe = end < 0 ? Math.max(0, data.length - this.#delimiter.length + 1) : end
    this.#pending = end < 0 ? data.subarray(safe) : Buffer.alloc(0)
    if (end >= 0) this.#state = 'end'
    return safe === 0 ? undefined : sink.write(data.subarray(0, safe))
  }

  /** @throws S3Error when the form broke off */
  finish(): void {
    if (this.#state === 'fields') throw malformed('it has no file, or its end is missing')
    if (this.#state === 'file') throw new S3Error('IncompleteBody')
  }
}

function readDisposition(headers: string): { name: string; filename: string } {
  const disposition = /^content-disposition\s*:\s*form-data\s*;(.*)$/im.exec(headers)?.[1] ?? ''
  const parameter = (name: string) =>
    new RegExp(`(?:^|;)\\s*${name}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(`;${disposition}`)?.[1]
  const name = parameter('name')?.toLowerCase()
  if (name === undefined) throw malformed('a part has no name')
  const filename =
    parameter('filename')
      ?.replace(/\\(.)/g, '$1')
      .replace(/^.*[/\\]/, '') ?? ''
  return { name, filename }
}

function malformed(what: string): S3Error {
  return new S3Error('MalformedPOSTRequest', `The form cannot be read: ${what}.`)
}
