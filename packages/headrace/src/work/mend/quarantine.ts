import { chunkPath } from '../../store/embedded/data/paths.ts'
import type { MendTools } from './mend-tools.ts'
import type { RowFacts } from './plan-row.ts'

const folder = 'quarantine'
/** More of them would tell a person nothing new, and fill the drive. */
const filesMax = 100

/**
 * Puts files of chunks that were bad aside, for a person to look at, once others have taken their places. Those in
 * segments stay where they are until compaction. It never fails: what stays is removed with the trash.
 */
export async function putInQuarantine({ dataId, row, bad = new Set() }: RowFacts, { store }: MendTools): Promise<void> {
  for (const chunk of bad) {
    const location = row.chunks[chunk]
    if (location?.kind !== 'file') continue
    const drive = store.drives.get(location.device)?.background
    if (drive === undefined) continue
    const from = chunkPath({ ...location, dataId, chunk })
    try {
      if ((await drive.list(folder)).length >= filesMax) continue
      // A drive that is not mounted must not be given a folder: something of it has to be there.
      await (await drive.open(from, 'read')).close()
      await drive.makeFolder(folder)
      await drive.rename(from, `${folder}/${from.slice(from.lastIndexOf('/') + 1)}`)
      store.runtime.events.log.warn({ drive: drive.name, file: from }, 'a bad chunk was healed, and put in quarantine')
    } catch {
      // It may be that it was bad because it is not there.
    }
  }
}
