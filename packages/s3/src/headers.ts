/**
 * Headers of one request by lower-case name. Values have their outer blanks taken off; those of a name that came more
 * than once are joined by a comma, as SigV4 wants them (and RFC 9110, section 5.3, allows).
 */
export class Headers {
  readonly #values = new Map<string, string>()

  /** @param raw names and values in turn, as `IncomingMessage.rawHeaders` has them */
  constructor(raw: readonly string[]) {
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = (raw[index] as string).toLowerCase()
      const value = (raw[index + 1] as string).trim()
      const before = this.#values.get(name)
      this.#values.set(name, before === undefined ? value : `${before},${value}`)
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name)
  }

  has(name: string): boolean {
    return this.#values.has(name)
  }

  names(): Iterable<string> {
    return this.#values.keys()
  }

  entries(): Iterable<[string, string]> {
    return this.#values.entries()
  }
}

/** Header bytes reach us as latin1 characters; text in them is UTF-8 (what SDKs send, and what S3 keeps). */
export function headerText(value: string): string {
  return /[\x80-\xff]/.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value
}
