import type { Drives } from './drive/drives.ts'
import type { Placement } from './placement/placement.ts'

/** Folders of the drives that are open and up, by their numbers. */
export function rootsUp(drives: Drives, placement: Pick<Placement, 'isUp'>): string[] {
  return drives.all().flatMap(({ device, root }) => (placement.isUp(device) ? [root] : []))
}
