import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../core/runtime.ts'

/**
 * @returns the port, which is a free one when `port` is 0
 * @throws Error saying which address is taken or cannot be used
 */
export function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `Port ${port} on ${host} is taken by another program. Stop it, or name another port with --port or --admin-port.`,
            )
          : new Error(`Cannot listen on ${host} port ${port}: ${error.message}`),
      )
    })
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port))
  })
}

/** A port that nobody has; several processes can then share it by its number. */
export async function freePort(host: string): Promise<number> {
  const server = createServer()
  const port = await listen(server, { host, port: 0 })
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Takes no more connections, and waits for the requests that are under way, up to a deadline. */
export async function drain(server: Server, clock: Clock, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const stopSweeping = clock.every(100, () => server.closeIdleConnections())
  const cancel = clock.after(drainMs, () => server.closeAllConnections())
  await closed
  cancel()
  stopSweeping()
}
