import { createHash } from 'node:crypto'
import type { Owner } from '@headrace/s3'

export const rootOwnerName = 'root'

/** The owner of that name. Its canonical id follows from the name, as nobody has to remember it then. */
export function ownerNamed(name: string): Owner {
  return { id: createHash('sha256').update(`headrace owner ${name}`).digest('hex'), displayName: name }
}
