import { removeItem } from '@headrace/crush'
import type { ClusterState } from '../cluster-state.ts'
import { cleanExceptions } from './clean-exceptions.ts'

/**
 * The state without these OSDs, as `ceph osd purge` leaves it: gone from the map and the cluster; hosts stay. They go
 * one after the other, and the monitors clean exceptions with each.
 */
export function removeOsds(before: ClusterState, ids: readonly number[]): ClusterState {
  return ids.reduce((state, id) => cleanExceptions(withoutId(state, id)), before)
}

/** The state with these OSDs out, as `ceph osd out` leaves it: they hold nothing, and their hosts weigh what they did. */
export function outOsds(state: ClusterState, ids: readonly number[]): ClusterState {
  const deviceWeights = state.cluster.deviceWeights.slice()
  for (const id of ids) deviceWeights[id] = 0
  return cleanExceptions({ ...state, cluster: { ...state.cluster, deviceWeights } })
}

function withoutId(state: ClusterState, id: number): ClusterState {
  const { map, cluster, osdIds } = state
  const device = map.devices.find((each) => each.id === id)
  return {
    ...state,
    map: device === undefined ? map : removeItem(map, device.name),
    cluster: { ...cluster, isUp: cluster.isUp.with(id, false) },
    osdIds: new Set([...osdIds].filter((each) => each !== id)),
  }
}
