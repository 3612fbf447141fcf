/** One command of the `erasure` program. */
export interface Command {
  /** Names of the arguments, in their order. */
  readonly parameters: readonly string[]
  readonly help: string
  run(args: readonly string[], options: { readonly size?: string | undefined }): Promise<Outcome>
}

/** What a command found or did: an object for `--json`, lines for people, and whether all is well. */
export interface Outcome {
  readonly facts: object
  readonly lines: readonly string[]
  readonly isGood: boolean
}
