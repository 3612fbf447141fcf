import { existsSync } from 'node:fs'
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { systemCode } from '../store/embedded/drive/drive.ts'
import { deviceFileName } from '../store/embedded/format/device-file.ts'

/**
 * Where a server can be asked: said on each drive of its store, so that any of them leads to it, or in its state folder
 * where it stands in front of upstreams.
 */
export interface Announcement {
  readonly pid: number
  /** Of the admin API's unix socket. */
  readonly socketPath: string
}

/** No server can be found; the message says why, and what to do. */
export class ServerNotFoundError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ServerNotFoundError'
  }
}

/** A socket in the drive's folder is named from there: a container may see the folder under another path. */
const schema = z.strictObject({
  formatVersion: z.literal(1),
  pid: z.int().min(1),
  socket: z.string().min(1).max(4096),
})

/**
 * Leaves word in a folder; the one before it is written over.
 * @param marker a file that is in every folder of this kind
 * @throws the system's error; ENOENT for a folder without it, such as a drive whose file system is not mounted
 */
export async function announceServer(
  root: string,
  { pid, socketPath }: Announcement,
  marker = deviceFileName,
): Promise<void> {
  await access(join(root, marker))
  const path = announcementPath(root)
  await mkdir(join(root, 'locks'), { recursive: true, mode: 0o700 })
  const inside = `${resolve(root)}/`
  const socket = socketPath.startsWith(inside) ? socketPath.slice(inside.length) : socketPath
  const text = JSON.stringify({ formatVersion: 1, pid, socket } satisfies z.input<typeof schema>)
  await writeFile(`${path}.new`, `${text}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/** Takes the word back, unless another server has left its own since. */
export async function withdrawServer(root: string, pid: number): Promise<void> {
  const announced = await findServer(root).catch(() => undefined)
  if (announced?.pid === pid) await rm(announcementPath(root), { force: true })
}

/**
 * The server that a folder belongs to, as a drive of its store or with its state, as it announced itself there. Whether it still lives shows when
 * it is asked; then `unreachable` knows why it did not answer.
 * @throws ServerNotFoundError
 */
export async function findServer(root: string): Promise<Announcement> {
  let text: string
  try {
    text = await readFile(announcementPath(root), 'utf8')
  } catch (error) {
    throw await notAnnounced(root, error)
  }
  try {
    const { pid, socket } = schema.parse(JSON.parse(text))
    return { pid, socketPath: resolve(root, socket) }
  } catch (cause) {
    throw new ServerNotFoundError(
      `${announcementPath(root)} is not what a server wrote. Remove it and start the server again; it writes a new one.`,
      { cause },
    )
  }
}

/** Why an announced server did not answer. */
export function unreachable(root: string, { pid, socketPath }: Announcement, cause: unknown): ServerNotFoundError {
  const code = systemCode(cause)
  const start = `Start it: ${startCommand(root)}`
  if (code === 'EACCES' || code === 'EPERM') {
    return new ServerNotFoundError(notYours(socketPath), { cause })
  }
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    const fate = isAlive(pid) ? `process ${pid} does not answer on ${socketPath}` : `process ${pid} has ended`
    return new ServerNotFoundError(`The server of ${root} is gone: ${fate}. ${start}`, { cause })
  }
  return new ServerNotFoundError(
    `The server of ${root} (process ${pid}) cannot be asked on ${socketPath}: ${(cause as Error).message}.`,
    { cause },
  )
}

async function notAnnounced(root: string, cause: unknown): Promise<ServerNotFoundError> {
  const code = systemCode(cause)
  if (code === 'EACCES' || code === 'EPERM') return new ServerNotFoundError(notYours(root), { cause })
  if (code !== 'ENOENT' && code !== 'ENOTDIR') {
    return new ServerNotFoundError(`${root} cannot be read: ${(cause as Error).message}.`, { cause })
  }
  const isServers = existsSync(join(root, deviceFileName)) || existsSync(join(root, 'locks'))
  return new ServerNotFoundError(
    isServers
      ? `No server is running on ${root}. Start one: ${startCommand(root)}`
      : `${root} is not a drive of a store (it has no ${deviceFileName}), nor the state of a server in front of upstreams. Name with --data or --state a folder that the server was started with, or its address with --endpoint.`,
    { cause },
  )
}

function startCommand(root: string): string {
  const isDrive = existsSync(join(root, deviceFileName))
  return isDrive ? `headrace serve --data ${root}` : `headrace serve --upstream URL… --state ${root}`
}

function notYours(path: string): string {
  return `${path} is another user's. Run this as the user of the server, or use --endpoint with the root owner's key.`
}

/** One of another user is alive too, though it cannot be signalled. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) !== 'ESRCH'
  }
}

function announcementPath(root: string): string {
  return join(root, 'locks', 'server.json')
}
