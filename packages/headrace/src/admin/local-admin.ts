import { access, lstat, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { dirname, join } from 'node:path'
import type { Clock } from '../core/runtime.ts'
import { deviceFileName } from '../store/embedded/format/device-file.ts'
import { keeperSocketPath } from '../store/embedded/link/socket-path.ts'
import { announceServer, findServer, withdrawServer } from './announcement.ts'
import { type ApiOptions, answerApi } from './api-server.ts'

export interface LocalAdminOptions extends ApiOptions {
  readonly clock: Pick<Clock, 'after'>
  /** A file that is in every folder of this kind: nothing is written without it. By default that of a drive. */
  readonly marker?: string
}

/** Requests may go on for so long when the server stops. */
const drainMs = 1_000

/**
 * The admin API for whoever is on this machine as the user of the server: a unix socket on every drive, so that the API
 * is reached by any of them when others are gone, or in the folder of its state. Nothing is signed there, for nobody else can open the sockets.
 */
export class LocalAdmin {
  readonly #options: LocalAdminOptions
  readonly #servers = new Map<string, Server>()
  /** What is under way for each drive: one that hangs keeps only itself waiting. */
  readonly #last = new Map<string, Promise<void>>()

  /** @param options of a process that holds the lock of the keeper: sockets of those before it are removed */
  constructor(options: LocalAdminOptions) {
    this.#options = options
  }

  /**
   * Listens on these drives, and on no others any more. To be called at the beginning, and again when drives come, go or
   * return. A drive on which it cannot be is told of and left out; it never rejects.
   * @param roots folders of drives that are up, absolute
   */
  async announce(roots: readonly string[]): Promise<void> {
    const all = new Set([...this.#last.keys(), ...roots])
    await Promise.all(
      [...all].map((root) => {
        const last = this.#last.get(root) ?? Promise.resolve()
        const next = last.then(() => (roots.includes(root) ? this.#enter(root) : this.#leave(root)))
        this.#last.set(root, next)
        return next
      }),
    )
  }

  /** Ends in bounded time, whatever drives do. */
  async close(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const cancel = this.#options.clock.after(2 * drainMs, resolve)
    await Promise.race([this.announce([]), late])
    cancel()
  }

  async #enter(root: string): Promise<void> {
    try {
      // Nothing is written where a drive is not mounted.
      const { marker = deviceFileName } = this.#options
      await access(join(root, marker))
      const socketPath = adminSocketPath(root)
      if (this.#servers.has(root) && (await isInPlace(root, socketPath))) return
      await this.#leave(root)
      await rm(socketPath, { force: true })
      const server = createServer({ requestTimeout: 30_000 }, (request, response) => {
        void answerApi(request, response, this.#options)
      })
      await listenPrivately(server, socketPath)
      server.on('error', this.#options.failed)
      this.#servers.set(root, server)
      await announceServer(root, { pid: process.pid, socketPath }, marker)
    } catch (error) {
      this.#options.failed(
        new Error(`the admin API cannot be reached by the drive or folder ${root}`, { cause: error }),
      )
    }
  }

  async #leave(root: string): Promise<void> {
    const server = this.#servers.get(root)
    if (server === undefined) return
    this.#servers.delete(root)
    // Where this fails, the word that is left leads to nobody, and whoever follows it is told so.
    await withdrawServer(root, process.pid).catch(() => {})
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    const cancel = this.#options.clock.after(drainMs, () => server.closeAllConnections())
    await closed
    cancel()
  }
}

/** In the drive, or in this user's private folder when that path would be too long for a socket. */
function adminSocketPath(root: string): string {
  return join(dirname(keeperSocketPath(root)), 'admin.sock')
}

/** A file system that went away and came back has neither the socket nor the word about it. */
async function isInPlace(root: string, socketPath: string): Promise<boolean> {
  try {
    const { pid } = await findServer(root)
    return pid === process.pid && (await lstat(socketPath)).isSocket()
  } catch {
    return false
  }
}

/** The socket is made with mode 0600; to change it afterwards would leave it open for a moment. */
function listenPrivately(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const umask = process.umask(0o177)
    try {
      server.listen({ path }, () => {
        server.off('error', reject)
        resolve()
      })
    } finally {
      process.umask(umask)
    }
  })
}
