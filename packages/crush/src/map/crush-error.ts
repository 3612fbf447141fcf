/** What is wrong with a map, a rule or a request to place, where it is, and what would put it right. */
export class CrushError extends Error {
  /** Where: `line 12`, `byte 340`, `bucket rack3`, `rule ec`. */
  readonly place: string

  constructor(place: string, message: string) {
    super(`${place}: ${message}`)
    this.name = 'CrushError'
    this.place = place
  }
}
