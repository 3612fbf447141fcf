import type { Random } from '../core/runtime.ts'

/** Names requests: random per process, then counted. 16 hexadecimal digits, as AWS's look. */
export function requestIds(random: Random): () => string {
  const prefix = random.bytes(4).toString('hex').toUpperCase()
  let count = 0
  return () => {
    count = (count + 1) % 0x1_0000_0000
    return prefix + count.toString(16).toUpperCase().padStart(8, '0')
  }
}
