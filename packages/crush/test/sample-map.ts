import { addRule, buildMap, type CrushMap, toWeight } from '../src/index.ts'

/** A small cluster: 12 devices of two classes on 6 hosts in 3 racks, and a rule of each kind. */
export function sampleMap(): CrushMap {
  const devices = Array.from({ length: 12 }, (_, id) => ({
    path: `default/rack${id % 3}/host${id % 6}/osd.${id}`,
    weight: toWeight(1 + (id % 4)),
    class: id < 6 ? 'hdd' : 'ssd',
  }))
  let map = buildMap(devices, { types: ['root', 'rack', 'host', 'osd'] })
  map = addRule(map, { name: 'copies', root: 'default', failureDomain: 'host', kind: 'replicated' })
  map = addRule(map, { name: 'chunks', root: 'default', failureDomain: 'host', kind: 'erasure' })
  return addRule(map, { name: 'fast', root: 'default', failureDomain: 'rack', kind: 'replicated', class: 'ssd' })
}
