import type { ChooseArgs, CrushBucket } from '../map/crush-map.ts'
import type { CompiledMap } from './compiled-map.ts'
import { createKernel } from './kernel.ts'
import { bucketsStart, lanes } from './kernel-layout.ts'

type Straw2Arrays = Pick<CompiledMap, 'kernel' | 'idAddresses' | 'weightAddresses' | 'positionCounts' | 'positionBytes'>

/** Puts the ids and weights of every straw2 bucket into the memory of a new kernel, and says by slot where they lie. */
export function layStraw2Buckets(
  buckets: readonly CrushBucket[],
  args: ReadonlyMap<number, ChooseArgs>,
  slotCount: number,
): Straw2Arrays {
  const drawn = buckets.filter((bucket) => bucket.algorithm === 'straw2')
  const paddedSize = ({ items }: CrushBucket) => Math.ceil(items.length / lanes) * lanes
  const positionCount = ({ id }: CrushBucket) => args.get(id)?.weightSet?.length || 1
  const bytes = drawn.reduce((sum, bucket) => sum + paddedSize(bucket) * (4 + 8 * positionCount(bucket)), 0)
  const { kernel, memory } = createKernel(bytes)
  const ids = new Int32Array(memory)
  const weights = new Float64Array(memory)
  const slots = () => new Int32Array(slotCount)
  const arrays = {
    kernel,
    idAddresses: slots(),
    weightAddresses: slots(),
    positionCounts: slots(),
    positionBytes: slots(),
  }

  let address = bucketsStart
  for (const bucket of drawn) {
    const slot = -1 - bucket.id
    const replaced = args.get(bucket.id)
    const positions = positionCount(bucket)
    const rowBytes = paddedSize(bucket) * 8
    arrays.idAddresses[slot] = address
    arrays.weightAddresses[slot] = address + rowBytes / 2
    arrays.positionCounts[slot] = positions
    arrays.positionBytes[slot] = rowBytes
    ids.set(replaced?.ids?.length ? replaced.ids : bucket.items.map((item) => item.id), address / 4)
    for (let position = 0; position < positions; position += 1) {
      const row = replaced?.weightSet?.[position] ?? bucket.items.map((item) => item.weight)
      weights.set(row, (address + rowBytes / 2 + position * rowBytes) / 8)
    }
    address += rowBytes / 2 + positions * rowBytes
  }
  return arrays
}
