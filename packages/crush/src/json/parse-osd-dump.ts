import { CrushError } from '../map/crush-error.ts'
import { weightOne } from '../map/weight.ts'
import { type Cluster, pgKey } from '../pool/cluster.ts'
import { createPool, type Pool } from '../pool/pool.ts'
import { JsonValue } from './json-reader.ts'

/** Ceph's number for the hash of object names that all its pools use. */
const rjenkins = 2

/**
 * Reads what `ceph osd dump --format json` prints: pools, the reweight and state of every device, and exceptions from
 * CRUSH (pg_upmap and pg_upmap_items). Throws a CrushError with the path of the field.
 */
export function parseOsdDump(text: string): Cluster {
  const dump = JsonValue.parse(text, 'osd dump')
  const osds = dump.get('osds').list()
  const limit = osds.reduce((most, osd) => Math.max(most, osd.get('osd').number() + 1), 0)
  const deviceWeights = new Uint32Array(limit)
  const isUp = new Array<boolean>(limit).fill(false)
  for (const osd of osds) {
    const id = osd.get('osd').number()
    deviceWeights[id] = Math.round(osd.get('weight').number() * weightOne)
    isUp[id] = osd.get('up').number() === 1
  }
  const exceptions = (key: string) => (dump.has(key) ? dump.get(key).list() : [])
  return {
    epoch: dump.get('epoch').number(),
    pools: dump.get('pools').list().map(readPool),
    deviceWeights,
    isUp,
    upmap: new Map(
      exceptions('pg_upmap').map((entry) => [
        readKey(entry),
        entry
          .get('osds')
          .list()
          .map((osd) => osd.number()),
      ]),
    ),
    upmapItems: new Map(
      exceptions('pg_upmap_items').map((entry) => [
        readKey(entry),
        entry
          .get('mappings')
          .list()
          .map((pair) => [pair.get('from').number(), pair.get('to').number()] as const),
      ]),
    ),
  }
}

function readKey(entry: JsonValue): string {
  const [pool = '', pg = ''] = entry.get('pgid').string().split('.')
  return pgKey(Number(pool), Number.parseInt(pg, 16))
}

function readPool(pool: JsonValue): Pool {
  const type = pool.get('type').number()
  if (type !== 1 && type !== 3)
    throw new CrushError(pool.path, `type ${type}: 1 (replicated) and 3 (erasure) are supported`)
  const objectHash = pool.get('object_hash').number()
  if (objectHash !== rjenkins)
    throw new CrushError(pool.path, `object hash ${objectHash} is not supported, only 2 (rjenkins)`)
  return createPool({
    id: pool.get('pool').number(),
    name: pool.get('pool_name').string(),
    kind: type === 1 ? 'replicated' : 'erasure',
    size: pool.get('size').number(),
    rule: pool.get('crush_rule').number(),
    pgCount: pool.get('pg_num').number(),
    placementPgCount: pool.get('pg_placement_num').number(),
    hashesPool: pool.get('flags_names').string().split(',').includes('hashpspool'),
  })
}
