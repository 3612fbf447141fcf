import { spawnSync } from 'node:child_process'
import type { Credentials } from '@headrace/s3'
import type { Endpoint } from '../../load/requests.ts'

/** Something that clients can send requests to, and that passes them on to the same upstreams as others. */
export interface ProxyServer {
  readonly name: string
  /** Its version, and what of its setting matters. */
  readonly about: string
  readonly endpoint: Omit<Endpoint, 'bucket'>
  /** Ids of all its processes, for their CPU time. */
  processIds(): number[]
  /** Sum of the samples of a figure of its metrics; undefined when it has none. */
  metric?(name: string, labels?: string): Promise<number>
  /** Ends what serves requests and begins it anew, one after the other; undefined when there is but one. */
  restart?(): Promise<void>
  stop(): Promise<void>
}

export interface ProxyOptions {
  /** URLs of the upstreams. */
  readonly endpoints: readonly string[]
  /** That the upstreams know; clients of the proxy have the same. */
  readonly credentials: Credentials
  /** What is asked of each to see whether it is well. */
  readonly checkPath?: string
}

/** Starts a proxy, in a folder of its own; undefined when its program is not installed. */
export type StartProxy = (folder: string, options: ProxyOptions) => Promise<ProxyServer | undefined>

/** What a program says of its version. */
export function versionOf(program: string, args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return /version:? ?\S+|\S+\/[\d.]+/i.exec(stdout || stderr)?.[0] ?? program
}
