/** What a command reads from and writes to; the program gives the real files, tests give their own. */
export interface Console {
  readFile(path: string): Uint8Array
  writeFile(path: string, content: string | Uint8Array): void
  /** Writes to standard output as it is, without a newline of its own. */
  print(content: string | Uint8Array): void
}

/** Prints a value as one JSON document. */
export function printJson(console: Console, value: unknown): void {
  console.print(`${JSON.stringify(value, null, 2)}\n`)
}
