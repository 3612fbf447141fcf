import { S3Error } from '@headrace/s3'
import type { WrittenData } from '../data/data-writer.ts'
import type { MutationName, Mutations, NewData } from '../keeper/mutation.ts'
import { StaleReferenceError } from '../keeper/plan.ts'
import { type EmbeddedServices, storageError } from './services.ts'

/** Looks again that often when what a copy shares was replaced in between. */
const attemptsMax = 5

/** A written data as it goes to the keeper. */
export function newData({ dataId, row, body }: WrittenData): NewData {
  return { dataId, ...row, body }
}

/** Takes back what was written for a commit that is not to be. */
export async function discardAll(data: readonly WrittenData[]): Promise<void> {
  await Promise.all(data.map((each) => each.discard()))
}

/**
 * Commits a mutation that brings data. When it is refused, the data is thrown away; when its outcome is not known, the
 * data stays, and whoever sweeps up after this process decides.
 */
export async function commitData<N extends MutationName>(
  services: EmbeddedServices,
  data: readonly WrittenData[],
  name: N,
  input: Mutations[N]['input'],
): Promise<Mutations[N]['result']> {
  try {
    const result = await services.keeper.submit(name, input)
    for (const each of data) each.settle()
    return result
  } catch (error) {
    if (error instanceof S3Error || error instanceof StaleReferenceError) await discardAll(data)
    throw storageError(error)
  }
}

/** Does an operation that shares data of other objects, again if these were replaced before it was committed. */
export async function withFreshReferences<T>(attempt: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof StaleReferenceError)) throw error
      if (attempts === attemptsMax) throw new S3Error('ConditionalRequestConflict', { cause: error })
    }
  }
}
