import type { Credentials } from '@headrace/s3'
import type { Row } from '../rows.ts'

/** A server that is measured. */
export interface Target {
  readonly name: string
  /** Its version, and what of its setting matters. */
  readonly about: string
  readonly host: string
  readonly port: number
  readonly credentials: Credentials | undefined
  /** Whether it can do what the row asks for. */
  serves(row: Row): boolean
  /** Ids of all its processes, for their CPU time. */
  processIds(): number[]
  stop(): Promise<void>
}

/** Starts a server, in a folder of its own; undefined when its program is not installed. */
export type StartTarget = (folder: string) => Promise<Target | undefined>

export const credentials: Credentials = { accessKeyId: 'benchbench', secretKey: 'benchbenchbench' }
export const host = '127.0.0.1'
