/**
 * Headers of one request by lower-case name. Values have their outer blanks taken off; those of a name that came more
 * than once are joined by a comma, as SigV4 wants them (and RFC 9110, section 5.3, allows). So a header that must come
 * once, such as Host, is not well-formed when it came twice.
 */
export class Headers {
  readonly #values = new Map<string, string>()

  /** @param raw names and values in turn, as `IncomingMessage.rawHeaders` has them: a character for each byte */
  constructor(raw: readonly string[]) {
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = (raw[index] as string).toLowerCase()
      const value = trimBlanks(raw[index + 1] as string)
      const before = this.#values.get(name)
      this.#values.set(name, before === undefined ? value : `${before},${value}`)
    }
  }

  /** @param name in lower case */
  get(name: string): string | undefined {
    return this.#values.get(name)
  }

  /** @param name in lower case */
  has(name: string): boolean {
    return this.#values.has(name)
  }

  /** Names in lower case, each once, in the order in which they first came. */
  names(): Iterable<string> {
    return this.#values.keys()
  }

  /** Names and values, in the order in which the names first came. */
  entries(): Iterable<[string, string]> {
    return this.#values.entries()
  }
}

/**
 * Takes off the blanks that RFC 9110, section 5.5, allows around a value, and nothing else: `trim` would also take byte
 * 0xa0, which is the end of many a UTF-8 character (`à`, for one).
 */
export function trimBlanks(value: string): string {
  let first = 0
  let end = value.length
  while (first < end && isBlank(value.charCodeAt(first))) first += 1
  while (end > first && isBlank(value.charCodeAt(end - 1))) end -= 1
  return end - first === value.length ? value : value.slice(first, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** Header bytes reach us as latin1 characters; text in them is UTF-8 (what SDKs send, and what S3 keeps). */
export function headerText(value: string): string {
  return /[\x80-\xff]/.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value
}

/** The other way round: text as the bytes that a header carries, a character for each byte. */
export function headerBytes(text: string): string {
  return /[^\x00-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const unsendable = /[^\t\x20-\x7e\x80-\xff]/

/**
 * Whether a header can be sent as it is (RFC 9110, sections 5.1 and 5.5). Whatever becomes a header without having
 * been one – fields of forms, parameters of queries – is held against this, or a line end in it could begin a header of
 * the sender's choice.
 */
export function isSendableHeader(name: string, value: string): boolean {
  return token.test(name) && !unsendable.test(value)
}
