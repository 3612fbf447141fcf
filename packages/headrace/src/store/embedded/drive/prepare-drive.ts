import { resolve } from 'node:path'
import type { Runtime } from '../../../core/runtime.ts'
import type { DeviceFile } from '../format/device-file.ts'
import type { Drive } from './drive.ts'
import { formatDrive, newUuid, UnusableDriveError } from './format-drive.ts'
import { inspectFolder, requireWritable, whyUnusable } from './inspect-folder.ts'
import { openLocalDrive } from './local-drive.ts'

export { UnusableDriveError } from './format-drive.ts'

export interface PreparedDrive {
  readonly root: string
  readonly drive: Drive
  readonly device: DeviceFile
}

/**
 * Opens the folder of a drive; a blank one becomes a new drive of a new store.
 * @throws UnusableDriveError
 */
export async function prepareDrive(
  path: string,
  { clock, random }: Pick<Runtime, 'clock' | 'random'>,
): Promise<PreparedDrive> {
  const root = resolve(path)
  const contents = await inspectFolder(root)
  switch (contents.kind) {
    case 'drive':
      await requireWritable(root).catch((error) => {
        throw new UnusableDriveError(root, whyUnusable(error))
      })
      return { root, drive: openLocalDrive(root), device: contents.device }
    case 'blank': {
      const device = { storeId: newUuid(random), deviceId: newUuid(random), device: 0, createdMs: clock.now() }
      return { root, drive: await formatDrive(root, device), device }
    }
    case 'foreign':
      throw new UnusableDriveError(root, whyForeign(contents.names))
    case 'unusable':
      throw new UnusableDriveError(root, contents.why)
  }
}

function whyForeign(names: readonly string[]): string {
  return `it holds other files (${names.join(', ')}, …) and no store. Name an empty folder.`
}
