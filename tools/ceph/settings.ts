// What a cluster is made of. It is kept in the cluster's folder as cluster.json.

export interface CephSettings {
  readonly fsid: string
  readonly monPort: number
  readonly osdCount: number
  /** One RGW node for each. */
  readonly rgwPorts: readonly number[]
  /** Whether RGW nodes send small segments at once (tcp_nodelay=1). Ceph's default is not to, which costs 40 ms a reply. */
  readonly tcpNodelay: boolean
}

/** Keys of the S3 user, the same in every cluster. */
export const keys = { accessKeyId: 'cephdev', secretKey: 'cephdev-secret' } as const

export const osdCountDefault = 4
export const osdCountMin = 2
export const rgwCountDefault = 3

/** Data devices are sparse files of this size. */
export const deviceBytes = 6 * 2 ** 30

/** Names of all daemons, in the order in which they start. */
export function daemonNames({ osdCount, rgwPorts }: CephSettings): string[] {
  const osds = Array.from({ length: osdCount }, (_, id) => `osd.${id}`)
  return ['mon.a', 'mgr.x', ...osds, ...rgwPorts.map((_, index) => rgwName(index))]
}

/** The RGW node of this index is `rgw.1` and so on. */
export function rgwName(index: number): string {
  return `rgw.${index + 1}`
}

export function endpointOf(port: number): string {
  return `http://127.0.0.1:${port}`
}
