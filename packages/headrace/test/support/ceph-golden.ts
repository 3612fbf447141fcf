import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'

// What a real cluster answered; acceptance/ceph/record-golden.ts records it.

export interface RecordedAnswers {
  /** By the words of the ceph program: `osd dump`. */
  readonly answers: Readonly<Record<string, string>>
}

export type RecordedChange =
  | {
      readonly kind: 'add'
      readonly ids: readonly number[]
      readonly host: string
      readonly rack: string
      readonly weight: number
      readonly class: string
    }
  | { readonly kind: 'remove'; readonly ids: readonly number[] }

export interface RecordedChanges {
  readonly changes: readonly {
    readonly change: RecordedChange
    readonly osdDump: string
    /** Binary form, base64. */
    readonly crushMap: string
    /** Where the monitor then put each placement group. */
    readonly after: Readonly<Record<string, { readonly up: readonly number[]; readonly primary: number }>>
  }[]
}

export function recordedAnswers(): RecordedAnswers {
  return read('answers')
}

export function recordedChanges(): RecordedChanges {
  return read('changes')
}

function read<T>(name: string): T {
  const file = new URL(`../golden/ceph/${name}.json.br`, import.meta.url)
  return JSON.parse(brotliDecompressSync(readFileSync(file)).toString())
}
