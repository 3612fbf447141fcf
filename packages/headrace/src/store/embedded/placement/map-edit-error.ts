/** What an operator asks of the map cannot be; the message says why, and what to do. */
export class MapEditError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MapEditError'
  }
}
