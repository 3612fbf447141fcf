import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { systemCode } from './drive.ts'

/** What the id of a folder ends in on which a file system is mounted: without it, the folder is another one. */
const mountMark = '/mount'

/**
 * Names the file system that a folder is on, or, when there is no such folder, the one that it would be made on. The
 * number of a file system can be another one after the machine has started anew; a folder that was a mount point and is
 * none any more is told apart whatever the numbers are.
 */
export async function fileSystemId(root: string): Promise<string> {
  const path = resolve(root)
  try {
    const [own, above] = await Promise.all([stat(path), stat(`${path}/..`)])
    const isMount = own.dev !== above.dev || own.ino === above.ino
    return `${own.dev}${isMount ? mountMark : ''}`
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw error
    const id = await fileSystemId(dirname(path))
    return id.endsWith(mountMark) ? id.slice(0, -mountMark.length) : id
  }
}

/**
 * Whether a blank folder where a drive was may become a new drive. On the file system where the drive was, the drive is
 * gone for good; on another, it is not mounted, and nothing may be written there.
 * @param known the id of the file system when the drive was last seen
 */
export async function mayAdopt(root: string, known: string): Promise<boolean> {
  return (await fileSystemId(root)) === known
}
