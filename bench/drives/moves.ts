import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DriveServer } from './server.ts'

/** What a drive that joined or left has moved. */
export interface MoveResult {
  readonly from: number
  readonly to: number
  readonly storedBytes: number
  readonly predictedBytes: number
  readonly minimumBytes: number
  readonly movedBytes: number
  /** Of the files with chunks on the drive that joined; undefined for one that left. */
  readonly fileBytes: number | undefined
  readonly fillMaxToMean: number
  readonly seconds: number
}

export async function joinDrive(server: DriveServer): Promise<MoveResult> {
  const from = (await server.drivesIn()).length
  const { root, seconds } = await server.addDrive()
  return { ...(await moved(server, from)), fileBytes: fileBytes(root), seconds }
}

export async function removeDrive(server: DriveServer): Promise<MoveResult> {
  const from = (await server.drivesIn()).length
  const { id } = await server.spareDrive()
  const beganMs = performance.now()
  const { work } = await server.admin.removeDrive({ drive: id, force: false })
  await server.workEnds(work)
  return { ...(await moved(server, from)), seconds: (performance.now() - beganMs) / 1000, fileBytes: undefined }
}

async function moved(server: DriveServer, from: number): Promise<Omit<MoveResult, 'seconds' | 'fileBytes'>> {
  const { lastMove, storedBytes } = await server.admin.status({})
  const drives = await server.drivesIn()
  if (lastMove === null || lastMove.finishedMs === null) throw new Error('the move did not come to an end')
  const { predictedBytes, minimumBytes, movedBytes } = lastMove
  const used = drives.map(({ usedBytes }) => usedBytes)
  const mean = used.reduce((sum, bytes) => sum + bytes, 0) / used.length
  const fillMaxToMean = Math.max(...used) / mean
  return { from, to: used.length, storedBytes, predictedBytes, minimumBytes, movedBytes, fillMaxToMean }
}

function fileBytes(root: string): number {
  const sizes = ['chunks', 'segments'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => statSync(join(parentPath, name)).size),
  )
  return sizes.reduce((sum, bytes) => sum + bytes, 0)
}
