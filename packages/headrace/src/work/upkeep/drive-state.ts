import type { Drive } from '../../store/embedded/drive/drive.ts'
import type { WorkStore } from '../work-store.ts'

/**
 * What can be done on a drive now.
 * - `up`: it answers.
 * - `away`: it does not, and is waited for.
 * - `given up`: it is out, or to leave, and does not answer: when it comes back, it is looked through.
 * - `gone`: the store does not have it any more.
 */
export type DriveState =
  | { readonly kind: 'up'; readonly drive: Drive }
  | { readonly kind: 'away' }
  | { readonly kind: 'given up' }
  | { readonly kind: 'gone' }

export function driveState({ drives, maps }: Pick<WorkStore, 'drives' | 'maps'>, device: number): DriveState {
  const mapped = maps.current.device(device)
  if (mapped === undefined) return { kind: 'gone' }
  const drive = drives.get(device)?.background
  if (mapped.isUp) return drive === undefined ? { kind: 'away' } : { kind: 'up', drive }
  return { kind: mapped.membership === 'in' ? 'away' : 'given up' }
}
