import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { deviceFileName } from '../format/device-file.ts'
import { type Drive, type DriveFile, systemCode } from './drive.ts'

/** Most buffers of one vectored call (IOV_MAX of Linux). */
const vectorMax = 1024
const fileMode = 0o600
const folderMode = 0o700

/**
 * A drive that is a directory of a file system. It uses the callback functions of node:fs, which take half the time of
 * its promises.
 */
export function openLocalDrive(root: string): Drive {
  const absolute = (path: string) => join(root, path)
  return {
    name: root,
    async open(path, mode) {
      const flags = { read: 'r', create: 'wx', append: fs.constants.O_RDWR | fs.constants.O_CREAT }[mode]
      return new LocalFile(await call<number>((done) => fs.open(absolute(path), flags, fileMode, done)))
    },
    async rename(from, to) {
      const target = absolute(to)
      try {
        await call<void>((done) => fs.rename(absolute(from), target, done))
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error
        await makeFoldersBelow(root, dirname(to))
        await call<void>((done) => fs.rename(absolute(from), target, done))
      }
      await syncFolder(dirname(target))
    },
    async remove(path) {
      try {
        await call<void>((done) => fs.unlink(absolute(path), done))
        return true
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return false
        throw error
      }
    },
    syncFolder: (path) => syncFolder(absolute(path)),
    async list(folder) {
      try {
        return await call<string[]>((done) => fs.readdir(absolute(folder), done))
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return []
        throw error
      }
    },
    makeFolder: (path) => makeFolder(absolute(path)),
    async space() {
      const { bavail, blocks, bsize } = await call<fs.StatsFs>((done) => fs.statfs(root, done))
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
    },
    async folderId() {
      const { dev, ino } = await call<fs.Stats>((done) => fs.stat(root, done))
      return `${dev}:${ino}`
    },
  }
}

/**
 * The same for a folder that is a drive already: what is to stand beside its device file is made only where that is. An
 * empty folder may be one that the drive is not mounted on any more.
 */
export function openKnownDrive(root: string): Drive {
  const drive = openLocalDrive(root)
  const requireDrive = () => call<void>((done) => fs.access(join(root, deviceFileName), done))
  return {
    ...drive,
    async open(path, mode) {
      if (mode === 'create' && !path.includes('/')) await requireDrive()
      return await drive.open(path, mode)
    },
    async makeFolder(path) {
      await requireDrive()
      await drive.makeFolder(path)
    },
  }
}

/** A promise for a callback function of Node. */
function call<T>(start: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value as T)))
  })
}

async function makeFolder(path: string): Promise<void> {
  const first = await call<string | undefined>((done) => fs.mkdir(path, { recursive: true, mode: folderMode }, done))
  // The new names stand in the folders above: each of these is synced, from the first new one's parent down.
  if (first === undefined) return
  for (let folder = dirname(path); folder.length >= dirname(first).length; folder = dirname(folder)) {
    await syncFolder(folder)
    if (folder === dirname(folder)) return
  }
}

/**
 * Makes the folders of a path, except the first, which every drive has: where it is missing the file system of the drive
 * is not mounted any more, and what is made would lie under it.
 */
async function makeFoldersBelow(root: string, path: string): Promise<void> {
  const [first = '', ...names] = path.split('/')
  let above = join(root, first)
  for (const name of names) {
    const folder = join(above, name)
    try {
      await call<void>((done) => fs.mkdir(folder, folderMode, done))
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
    }
    // Also where it exists: somebody else may have made it a moment ago.
    await syncFolder(above)
    above = folder
  }
}

async function syncFolder(path: string): Promise<void> {
  const fd = await call<number>((done) => fs.open(path, 'r', done))
  try {
    await call<void>((done) => fs.fsync(fd, done))
  } finally {
    await call<void>((done) => fs.close(fd, done))
  }
}

class LocalFile implements DriveFile {
  readonly #fd: number

  constructor(fd: number) {
    this.#fd = fd
  }

  async read(into: readonly Uint8Array[], position: number): Promise<number> {
    return await call<number>((done) => fs.readv(this.#fd, into, position, done))
  }

  async write(from: readonly Uint8Array[], position: number): Promise<void> {
    let rest = from
    while (rest.length > 0) {
      const now = rest.slice(0, vectorMax)
      const written = await call<number>((done) => fs.writev(this.#fd, now, position, done))
      position += written
      rest = behind(rest, written)
    }
  }

  sync(): Promise<void> {
    return call<void>((done) => fs.fdatasync(this.#fd, done))
  }

  truncate(sizeBytes: number): Promise<void> {
    return call<void>((done) => fs.ftruncate(this.#fd, sizeBytes, done))
  }

  async size(): Promise<number> {
    return (await call<fs.Stats>((done) => fs.fstat(this.#fd, done))).size
  }

  close(): Promise<void> {
    return call<void>((done) => fs.close(this.#fd, done))
  }
}

/** What is left of the buffers behind the first bytes of them. */
function behind(buffers: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let index = 0
  while (index < buffers.length && bytes >= (buffers[index] as Uint8Array).length) {
    bytes -= (buffers[index] as Uint8Array).length
    index += 1
  }
  if (index === buffers.length) return []
  return [(buffers[index] as Uint8Array).subarray(bytes), ...buffers.slice(index + 1)]
}
