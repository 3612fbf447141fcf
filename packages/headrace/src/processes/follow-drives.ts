import type { MapSource } from '../store/embedded/placement/placement.ts'

/** Tells which drives the store has, now and whenever others come, go, or are found elsewhere: their folders. */
export function followDrives({ maps }: { maps: MapSource }, tell: (roots: readonly string[]) => void): void {
  let told = ''
  const look = () => {
    // A drive that is gone for good and the one in its place are in the same folder.
    const roots = [...new Set(maps.current.map.devices.map(({ path }) => path))]
    if (roots.join('\n') === told) return
    told = roots.join('\n')
    tell(roots)
  }
  look()
  maps.onChange(look)
}
