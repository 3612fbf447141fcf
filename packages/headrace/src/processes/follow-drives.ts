import type { KeeperStore } from '../store/embedded/keeper-store.ts'

/** Tells which drives the store has, now and whenever others come, go, or are found elsewhere: their folders. */
export function followDrives({ maps }: Pick<KeeperStore, 'maps'>, tell: (roots: readonly string[]) => void): void {
  let told = ''
  const look = () => {
    const roots = maps.current.map.devices.map(({ path }) => path)
    if (roots.join('\n') === told) return
    told = roots.join('\n')
    tell(roots)
  }
  look()
  maps.onChange(look)
}
