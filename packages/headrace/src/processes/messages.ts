import type { Settings } from '../config/settings.ts'
import type { RootKey } from '../identity/access-keys.ts'

/** What a child needs to begin. It goes over the channel to the child, not the command line: there is a secret in it. */
export interface StartMessage {
  readonly type: 'start'
  readonly settings: Settings
  /** Where logs and sockets of the store are: the first of `roots`. */
  readonly root: string
  /** The folders of the store's drives that could be used when the server began, absolute. */
  readonly roots: readonly string[]
  readonly socketPath: string
  /** Number of a gateway, from 1. */
  readonly worker: number
  /** The root owner's pair when it comes from outside. */
  readonly rootKey: RootKey | undefined
}

export interface StopMessage {
  readonly type: 'stop'
}

export type ToChild = StartMessage | StopMessage

export type FromChild =
  /** Serves, on this port. */
  | { readonly type: 'ready'; readonly port: number }
  /** Cannot begin. The reason is for an operator to read. */
  | { readonly type: 'failed'; readonly message: string }
