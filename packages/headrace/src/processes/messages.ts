import type { Credentials } from '@headrace/s3'
import type { NamedFaults } from '../admin/upstream/create-upstream-admin.ts'
import type { Settings } from '../config/settings.ts'
import type { RootKey } from '../identity/access-keys.ts'

/** What a child needs to begin. It goes over the channel to the child, not the command line: there is a secret in it. */
export interface StartMessage {
  readonly type: 'start'
  readonly settings: Settings
  /** Folders to find the store in: those that the server was started with, and those of its drives now. Absolute. */
  readonly folders: readonly string[]
  /** Folders of the store's drives, or of those that are to be made its first; absolute. */
  readonly roots: readonly string[]
  /** Whether there is a store: empty folders are no drives of it, then, but drives that are not there. */
  readonly isRestart: boolean
  readonly socketPath: string
  /** Number of a gateway, from 1. */
  readonly worker: number
  /** The root owner's pair when it comes from outside. */
  readonly rootKey: RootKey | undefined
  /** What requests to upstreams are signed with; undefined for a store on drives. */
  readonly upstreamKey: Credentials | undefined
  /** What upstreams are made to do now. */
  readonly upstreamFaults: NamedFaults
}

export interface StopMessage {
  readonly type: 'stop'
}

/** The folders of the store's drives, by their numbers, when they change. */
export interface DrivesMessage {
  readonly type: 'drives'
  readonly roots: readonly string[]
}

/** What upstreams are made to do, in all processes, when that changes. */
export interface FaultsMessage {
  readonly type: 'faults'
  readonly faults: NamedFaults
}

/** What may be asked of gateways that have no keeper to ask them. */
export type GatewayQuestion = 'metrics' | 'upstreams'

/** A question to a gateway, or from the process that has to know. */
export interface AskMessage {
  readonly type: 'ask'
  readonly id: number
  readonly question: GatewayQuestion
}

/** From a gateway: its answer. To who asked: an array of those of all gateways. */
export interface AnswerMessage {
  readonly type: 'answer'
  readonly id: number
  readonly value: unknown
}

export type ToChild = StartMessage | StopMessage | DrivesMessage | FaultsMessage | AskMessage | AnswerMessage

export type FromChild =
  | DrivesMessage
  | FaultsMessage
  | AskMessage
  | AnswerMessage
  /** Serves, on this port. */
  | { readonly type: 'ready'; readonly port: number }
  /** Cannot begin. The reason is for an operator to read. */
  | { readonly type: 'failed'; readonly message: string }
