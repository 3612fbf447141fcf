import { CrushError } from '../map/crush-error.ts'

interface Token {
  readonly text: string
  readonly line: number
}

/** Reads a text map word by word and knows the line it is at. `#` starts a comment; braces and brackets are words. */
export class TokenReader {
  readonly #tokens: readonly Token[]
  readonly #lastLine: number
  #at = 0

  constructor(text: string) {
    const lines = text.split('\n')
    this.#lastLine = lines.length
    this.#tokens = lines.flatMap((content, index) => {
      const code = content.replace(/#.*/s, '')
      return (code.match(/[{}[\]]|[^\s{}[\]]+/g) ?? []).map((word) => ({ text: word, line: index + 1 }))
    })
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  /** Line of the next word, from 1. */
  get line(): number {
    return this.#tokens[this.#at]?.line ?? this.#lastLine
  }

  /** The next word, left where it is; empty at the end. */
  peek(): string {
    return this.#tokens[this.#at]?.text ?? ''
  }

  /** Takes the next word. `what` says what it should be, for the error at the end of the text. */
  word(what: string): string {
    if (this.atEnd) throw this.error(`the text ends where ${what} is expected`)
    const { text } = this.#tokens[this.#at]!
    this.#at += 1
    return text
  }

  /** Takes the next word if it is this one. */
  accept(text: string): boolean {
    if (this.peek() !== text) return false
    this.#at += 1
    return true
  }

  /** Takes the next word, which must be this one. */
  expect(text: string): void {
    if (!this.accept(text)) throw this.error(`expected ${text} but found ${this.peek() || 'the end of the text'}`)
  }

  integer(what: string): number {
    return this.#number(what, /^-?\d+$/, 'an integer')
  }

  real(what: string): number {
    return this.#number(what, /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i, 'a number')
  }

  #number(what: string, form: RegExp, kind: string): number {
    const { line } = this
    const word = this.word(what)
    if (!form.test(word)) throw new CrushError(`line ${line}`, `${what} must be ${kind}, not ${word}`)
    return Number(word)
  }

  /** An error at the next word. */
  error(message: string): CrushError {
    return new CrushError(`line ${this.line}`, message)
  }
}
