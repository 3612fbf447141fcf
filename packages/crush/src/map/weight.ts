// Weights are 16.16 fixed point everywhere: 0x10000 is 1.0. By custom 1.0 is one TiB of a device.

/** 1.0 as a 16.16 weight; as a device's reweight it means wholly in. */
export const weightOne = 0x10000

/** The largest weight, of an item as of a whole crush bucket: 65,535.0, which still fits an unsigned 32-bit integer. */
export const weightMax = 0xffff * weightOne

/** The 16.16 weight of a real number such as 1.5: single precision and cut, not rounded, as Ceph does it. */
export function toWeight(value: number): number {
  return Math.trunc(Math.fround(Math.fround(value) * weightOne))
}

/** The real number that a 16.16 weight stands for. */
export function fromWeight(weight: number): number {
  return weight / weightOne
}

/** A weight in decimals: with `digits` after the point, or by default the fewest (at least 3) that `toWeight` reads back. */
export function formatWeight(weight: number, digits?: number): string {
  const value = Math.fround(Math.fround(weight) / weightOne)
  if (digits !== undefined) return value.toFixed(digits)
  for (let count = 3; count < 20; count += 1) {
    const text = fromWeight(weight).toFixed(count)
    if (toWeight(Number(text)) === weight) return text
  }
  return String(fromWeight(weight))
}
