import type { ChildProcess } from 'node:child_process'

/** Node's own message to a cluster worker: a connection that was accepted for it. */
interface NewConnection {
  readonly act?: string
  readonly seq?: number
}

type Send = (message: NewConnection, handle?: { close?: () => void }, ...rest: unknown[]) => boolean

/**
 * Closes the connections that a gateway was given and did not live to take. node:cluster keeps its end of each open until
 * the worker answers, so without this the clients of a gateway that was killed in between would wait for ever.
 */
export function closeUntakenConnections(gateway: ChildProcess): void {
  const untaken = new Map<number, { close?: () => void }>()
  const send = gateway.send.bind(gateway) as unknown as Send
  const remember: Send = (message, handle, ...rest) => {
    if (message?.act === 'newconn' && message.seq !== undefined && handle) untaken.set(message.seq, handle)
    return send(message, handle, ...rest)
  }
  gateway.send = remember as unknown as ChildProcess['send']
  gateway.on('internalMessage', ({ ack }: { ack?: number }) => {
    if (ack !== undefined) untaken.delete(ack)
  })
  gateway.once('exit', () => {
    for (const handle of untaken.values()) handle.close?.()
    untaken.clear()
  })
}
