import {
  addBucket,
  addDevice,
  bucketOf,
  type CrushMap,
  idOf,
  moveItem,
  treeOf,
  typeNameOf,
  weightOne,
} from '@headrace/crush'
import type { ClusterState } from '../cluster-state.ts'
import { cleanExceptions } from './clean-exceptions.ts'

export interface NewOsds {
  /** CRUSH weight of each, 16.16. */
  readonly weight: number
  /** Names of hosts; those that the map does not have yet are made. */
  readonly hosts: readonly string[]
  /** OSDs on each host. */
  readonly countPerHost: number
  /** By default the class that all OSDs have. */
  readonly class?: string
  /** Name of the crush bucket that new hosts come into; by default the only root. */
  readonly parent?: string
}

export interface AddedOsds {
  readonly state: ClusterState
  readonly osds: readonly { readonly id: number; readonly host: string }[]
}

/**
 * The state with further OSDs that are up and in, with the ids that the cluster would give them. They come one after the
 * other, and the monitors clean exceptions with each.
 */
export function addOsds(before: ClusterState, wanted: NewOsds): AddedOsds {
  const { weight, hosts, countPerHost, parent } = wanted
  const deviceClass = wanted.class ?? commonClass(before.map)
  const osds: { id: number; host: string }[] = []
  let state = before
  for (const host of hosts) {
    for (let index = 0; index < countPerHost; index += 1) {
      const id = lowestFreeId(state)
      const osd = { id, name: `osd.${id}`, weight, ...(deviceClass !== undefined && { class: deviceClass }) }
      state = cleanExceptions({ ...withId(state, id), map: addOsd(state.map, osd, host, parent) })
      osds.push({ id, host })
    }
  }
  return { state, osds }
}

/** As an OSD does when it starts for the first time: its class is set, then its place, with a host where there is none. */
function addOsd(
  map: CrushMap,
  osd: Omit<Parameters<typeof addDevice>[1], 'parent'>,
  host: string,
  parent: string | undefined,
): CrushMap {
  if (map.buckets.some(({ name }) => name === host)) {
    checkHost(map, host, parent)
    return addDevice(map, { ...osd, parent: host })
  }
  const above = parent ?? onlyRoot(map)
  const isNewClass = osd.class !== undefined && map.classes.every(({ name }) => name !== osd.class)
  // The order decides ids of crush buckets, and those are hashed: shadows for a new class come before the host.
  if (!isNewClass) return addDevice(addHost(map, host, above), { ...osd, parent: host })
  return moveItem(addHost(addDevice(map, { ...osd, parent: above }), host, above), osd.name, host)
}

/** @throws Error when what has the name is no host, or is not where it is said to be */
function checkHost(map: CrushMap, host: string, parent: string | undefined): void {
  const bucket = bucketOf(map, idOf(map, host))
  const type = typeNameOf(map, bucket.type)
  if (type !== 'host') throw new Error(`${host} is a ${type}, not a host.`)
  const holder = map.buckets.find(({ items, shadow }) => !shadow && items.some(({ id }) => id === bucket.id))
  if (parent !== undefined && holder?.name !== parent)
    throw new Error(
      `The host ${host} is in ${holder?.name ?? 'no other crush bucket'}, not in ${parent}: leave --parent out.`,
    )
}

function addHost(map: CrushMap, name: string, parent: string): CrushMap {
  return addBucket(map, { name, type: 'host', parent })
}

function onlyRoot(map: CrushMap): string {
  const roots = treeOf(map).filter(({ id }) => id < 0)
  const [root] = roots
  if (root !== undefined && roots.length === 1) return root.name
  const names = roots.map(({ name }) => name).join(', ')
  throw new Error(`Say where the new host is with --parent: the map has several roots (${names}).`)
}

function commonClass({ devices }: CrushMap): string | undefined {
  const classes = new Set(devices.map((device) => device.class))
  if (classes.size > 1) {
    const names = [...classes].filter((name) => name !== undefined).join(', ')
    throw new Error(`Say which device class the OSDs have with --class: those of the map differ (${names}).`)
  }
  return [...classes][0]
}

function lowestFreeId({ osdIds, map }: ClusterState): number {
  const taken = new Set([...osdIds, ...map.devices.map(({ id }) => id)])
  let id = 0
  while (taken.has(id)) id += 1
  return id
}

/** The state with one more OSD that is up, in, and ready to be primary. */
function withId(state: ClusterState, id: number): ClusterState {
  const { cluster } = state
  const length = Math.max(id + 1, cluster.deviceWeights.length)
  const deviceWeights = extend(cluster.deviceWeights, length)
  const primaryAffinity = extend(state.primaryAffinity, length)
  deviceWeights[id] = weightOne
  primaryAffinity[id] = weightOne
  const isUp = Array.from({ length }, (_, each) => each === id || cluster.isUp[each] === true)
  const osdIds = new Set([...state.osdIds, id])
  return { ...state, cluster: { ...cluster, deviceWeights, isUp }, primaryAffinity, osdIds }
}

function extend(values: Uint32Array, length: number): Uint32Array {
  const longer = new Uint32Array(length)
  longer.set(values)
  return longer
}
