import type { Drive, DriveFile } from './drive.ts'

/** Puts a small file in place so that a crash leaves the old one or the new one, never something in between. */
export async function writeFileDurably(drive: Drive, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.new`
  await drive.remove(temporary)
  const file = await drive.open(temporary, 'create')
  try {
    await file.write([bytes], 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await drive.rename(temporary, path)
}

/** Begins a file whose name is durable: it is made by a rename, which syncs the folder. */
export async function createFile(drive: Drive, path: string): Promise<DriveFile> {
  const temporary = `${path}.new`
  const file = await drive.open(temporary, 'create')
  try {
    await drive.rename(temporary, path)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** @returns undefined when there is no such file */
export async function readWholeFile(drive: Drive, path: string): Promise<Buffer | undefined> {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'
  if (!(await drive.list(folder)).includes(path.slice(path.lastIndexOf('/') + 1))) return undefined
  const file = await drive.open(path, 'read')
  try {
    const bytes = Buffer.alloc(await file.size())
    await file.read([bytes], 0)
    return bytes
  } finally {
    await file.close()
  }
}
