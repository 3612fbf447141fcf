import { clientCodecs } from '@headrace/s3'
import type { Ledger } from '../ledger.ts'
import { isDone, type ProbeBench, requireDone } from '../probe-bench.ts'

/** What an upstream has or has not. */
export async function probeFeatures(
  bench: ProbeBench,
): Promise<Pick<Ledger, 'objectAttributes' | 'tagging' | 'acls' | 'versioning' | 'server'>> {
  const written = requireDone(await bench.put('features', 'x'), 'PutObject')
  const place = bench.at('features')
  const server = written.headers.get('server')
  return {
    objectAttributes: await hasAttributes(bench),
    tagging: await keepsTags(bench),
    acls: isDone(await bench.ask('putObjectAcl', { ...place, acl: 'authenticated-read', ownerIds: [] })),
    versioning: isDone(await bench.send({ method: 'GET', target: `/${bench.bucket}?versioning` })),
    ...(server !== undefined && { server: server.slice(0, 200) }),
  }
}

/** Who does not know the operation takes the request for one of the object, and sends its bytes. */
async function hasAttributes(bench: ProbeBench): Promise<boolean> {
  const input = { ...bench.at('features'), attributes: ['ObjectSize'] as const, maxParts: 1, partNumberMarker: 0 }
  const { status, headers, bytes } = await bench.ask('getObjectAttributes', input)
  try {
    return clientCodecs.getObjectAttributes.decode({ status, headers, document: bytes }, input).sizeBytes === 1
  } catch {
    return false
  }
}

async function keepsTags(bench: ProbeBench): Promise<boolean> {
  const place = bench.at('features')
  const tags = [{ key: 'k & l', value: 'v w' }]
  if (!isDone(await bench.ask('putObjectTagging', { ...place, tags }))) return false
  const { status, headers, bytes } = await bench.ask('getObjectTagging', place)
  if (status !== 200) return false
  return clientCodecs.getObjectTagging.decode({ status, headers, document: bytes }, place).tags[0]?.value === 'v w'
}
