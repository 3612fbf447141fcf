import { program } from '../../server.ts'
import { run } from '../../support/program.ts'

/** Where a plan puts a placement group, and what it costs. */
export interface PlannedPg {
  readonly pgid: string
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly primaryBefore: number
  readonly primaryAfter: number
  readonly movedBytes: number
}

/** What `headrace ceph plan-add --json` and `plan-remove --json` print, as far as tests look. */
export interface Plan {
  readonly pgs: readonly PlannedPg[]
  readonly osds: readonly {
    readonly id: number
    readonly bytesBefore: number
    readonly bytesAfter: number
    readonly bytesIn: number
    readonly bytesOut: number
  }[]
  readonly pools: readonly { readonly name: string; readonly movedBytes: number; readonly minimumBytes: number }[]
  readonly movedBytes: number
  readonly minimumBytes: number
  readonly droppedExceptions: number
  readonly warnings: readonly string[]
}

/** Runs `headrace ceph …` as a user does. */
export function headraceCeph(...args: readonly string[]): Promise<string> {
  return run(process.execPath, [program, 'ceph', ...args])
}

export async function plan(...args: readonly string[]): Promise<Plan> {
  return JSON.parse(await headraceCeph(...args, '--json'))
}
