import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Copies under way at the same time. */
const lanes = 8
/** Files that one `cp` takes: starting a program for each would be most of the work. */
const filesPerCopy = 32

export interface CopyResult {
  readonly readBytes: number
  readonly writtenBytes: number
  readonly seconds: number
}

interface StoredFile {
  readonly path: string
  readonly bytes: number
}

/**
 * Copies files of chunks from drive to drive with `cp` and `sync`, and removes the copies.
 * @param bytes to be written at least
 * @param readsPerWrite 1 copies; with 4, three files are read for each that is copied, as a rebuild of 4+2 reads
 */
export async function plainCopy(roots: readonly string[], bytes: number, readsPerWrite: number): Promise<CopyResult> {
  const jobs = jobsOf(roots, bytes, readsPerWrite)
  const written = jobs.flatMap(({ copied }) => copied)
  const read = jobs.flatMap(({ onlyRead }) => onlyRead)
  const left = jobs.values()
  const beganMs = performance.now()
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const job of left) await runJob(job)
    }),
  )
  const seconds = (performance.now() - beganMs) / 1000
  for (const root of roots) rmSync(copyFolder(root), { recursive: true, force: true })
  const writtenBytes = sum(written)
  return { readBytes: writtenBytes + sum(read), writtenBytes, seconds }
}

interface Job {
  readonly copied: readonly StoredFile[]
  readonly onlyRead: readonly StoredFile[]
  readonly to: string
}

function jobsOf(roots: readonly string[], bytes: number, readsPerWrite: number): Job[] {
  const jobs: Job[] = []
  const perDrive = roots.map((root) => storedFiles(root))
  let planned = 0
  for (let round = 0; planned < bytes; round += 1) {
    let isAny = false
    for (const [at, files] of perDrive.entries()) {
      // Large files are segments: each has as much as many of the others.
      const copied = takeFiles(files, filesPerCopy)
      if (copied.length === 0) continue
      isAny = true
      const onlyRead = takeBytes(perDrive[(at + 1) % roots.length] ?? [], sum(copied) * (readsPerWrite - 1))
      const to = join(copyFolder(roots[(at + 2) % roots.length] as string), `${round}-${at}`)
      mkdirSync(to, { recursive: true })
      jobs.push({ copied, onlyRead, to })
      planned += sum(copied)
      if (planned >= bytes) break
    }
    if (!isAny) break
  }
  return jobs
}

async function runJob({ copied, onlyRead, to }: Job): Promise<void> {
  const quote = (files: readonly StoredFile[]) => files.map(({ path }) => `'${path}'`).join(' ')
  const read = onlyRead.length === 0 ? '' : `cat ${quote(onlyRead)} > /dev/null && `
  const script = `${read}cp --reflink=never -t '${to}' ${quote(copied)} && sync '${to}'/* '${to}'`
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  spawn('sh', ['-c', script], { stdio: ['ignore', 'inherit', 'inherit'] })
    .once('error', reject)
    .once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a copy ended with ${code}`))))
  await promise
}

/** On the same file system, and nothing that the store would look at. */
function copyFolder(root: string): string {
  return `${root}.copy`
}

/** Files with chunks, in an order that has nothing to do with their age. */
function storedFiles(root: string): StoredFile[] {
  return ['chunks', 'segments'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const path = join(parentPath, name)
        return { path, bytes: statSync(path).size }
      }),
  )
}

/** Takes files out of the list: so many small ones, or one that is as large as they are together. */
function takeFiles(files: StoredFile[], count: number): StoredFile[] {
  const [first] = files
  if (first === undefined) return []
  const isLarge = first.bytes > 16 * 1024 * 1024
  const others = files.slice(1, count).findIndex(({ bytes }) => bytes > 16 * 1024 * 1024)
  return files.splice(0, isLarge ? 1 : others < 0 ? count : others + 1)
}

function takeBytes(files: StoredFile[], bytes: number): StoredFile[] {
  const taken: StoredFile[] = []
  for (let left = bytes; left > 0 && files.length > 0; left -= taken.at(-1)?.bytes ?? 0) {
    taken.push(files.pop() as StoredFile)
  }
  return taken
}

function sum(files: readonly StoredFile[]): number {
  return files.reduce((all, { bytes }) => all + bytes, 0)
}

/** Has the next reads come from the drive. @returns false where the system does not let this user do it */
export function emptyPageCache(): boolean {
  spawnSync('sync')
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '1')
    return true
  } catch {
    return false
  }
}
