import type { MonCommand } from '../../../tools/ceph/commands.ts'
import { boot, newOsds, placeOf, purge } from './untidy-map.ts'

/** A change of the untidy map. */
export type Change =
  | {
      readonly kind: 'add'
      readonly ids: readonly number[]
      readonly host: string
      readonly rack: string
      readonly weight: number
      readonly class: string
    }
  | { readonly kind: 'remove'; readonly ids: readonly number[] }

/** One after the other: to a new host, with a new class, away, to a host that is there, away again. */
export const changes: readonly Change[] = [
  { kind: 'add', ids: [5, 6], host: 'new-host', rack: 'r1', weight: 3, class: 'hdd' },
  { kind: 'add', ids: [7], host: 'other-host', rack: 'r0', weight: 2, class: 'nvme' },
  { kind: 'remove', ids: [12, 22] },
  { kind: 'add', ids: [8], ...placeOf(13), weight: 4.5, class: 'ssd' },
  { kind: 'remove', ids: [5] },
]

/** Words of `headrace ceph` that plan it. */
export function wordsOf(change: Change): string[] {
  if (change.kind === 'remove') return ['plan-remove', ...change.ids.map(String)]
  const { ids, host, rack, weight, class: deviceClass } = change
  const what = ['--osd', String(weight), '--count', String(ids.length), '--class', deviceClass]
  return ['plan-add', ...what, '--host', host, '--parent', rack]
}

/** What carries it out. */
export function commandsOf(change: Change): MonCommand[] {
  if (change.kind === 'remove') return change.ids.map(purge)
  return change.ids.flatMap((id) => [...newOsds([id]), ...boot(id, change)])
}
