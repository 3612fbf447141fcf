import { CrushError } from '../map/crush-error.ts'

/** A value of parsed JSON with the path to it, so that whatever does not fit is named by its place. */
export class JsonValue {
  readonly path: string
  readonly value: unknown

  constructor(value: unknown, path: string) {
    this.value = value
    this.path = path
  }

  /** Reads JSON text. `what` names it in errors. */
  static parse(text: string, what: string): JsonValue {
    try {
      return new JsonValue(JSON.parse(text), what)
    } catch (error) {
      throw new CrushError(what, `not JSON: ${(error as Error).message}`)
    }
  }

  has(key: string): boolean {
    return typeof this.value === 'object' && this.value !== null && Object.hasOwn(this.value, key)
  }

  /** The field of this name, which must be there. */
  get(key: string): JsonValue {
    if (!this.has(key)) throw new CrushError(this.path, `has no field ${key}`)
    return new JsonValue((this.value as Record<string, unknown>)[key], `${this.path}.${key}`)
  }

  list(): JsonValue[] {
    if (!Array.isArray(this.value)) throw new CrushError(this.path, 'must be a list')
    return this.value.map((value, index) => new JsonValue(value, `${this.path}[${index}]`))
  }

  entries(): [string, JsonValue][] {
    if (typeof this.value !== 'object' || this.value === null) throw new CrushError(this.path, 'must be an object')
    return Object.keys(this.value).map((key) => [key, this.get(key)])
  }

  number(): number {
    if (typeof this.value !== 'number') throw new CrushError(this.path, 'must be a number')
    return this.value
  }

  string(): string {
    if (typeof this.value !== 'string') throw new CrushError(this.path, 'must be a string')
    return this.value
  }
}
