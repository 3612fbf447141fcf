import type { StoreAdmin } from '../admin/store-admin.ts'
import type { StoreHealth } from '../observe/metrics.ts'
import type { MoveFigures } from '../work/mend/move-figures.ts'

/** Looks up what `/metrics` says of the drives: the same as an operator is told. */
export async function storeHealth(
  admin: Pick<StoreAdmin, 'status' | 'drives'>,
  figures: Pick<MoveFigures, 'totals'>,
): Promise<StoreHealth> {
  const [{ degradedRows }, { drives }] = await Promise.all([admin.status({}), admin.drives({})])
  return {
    degradedRows,
    drives: drives.map(({ id, state, isSlow }) => ({ device: id, isUp: state === 'up', isSlow })),
    background: figures.totals(),
  }
}
