import { mkdirSync, rmSync } from 'node:fs'
import { type HealRound, healRound } from './heal-round.ts'
import { equalObjects, writeObjects } from './objects.ts'
import { say } from './say.ts'
import { DriveServer } from './server.ts'

/** Data of each size. */
const dataBytes = 2 ** 30

export interface SizeResult {
  readonly objectBytes: number
  readonly rounds: readonly HealRound[]
}

/** Heals of a store whose objects are all of one size. */
export async function healOfSize(folder: string, objectBytes: number, rounds: number): Promise<SizeResult> {
  mkdirSync(folder)
  const server = await DriveServer.start(folder, 6)
  try {
    say(`objects of ${objectBytes / 1024} KiB`)
    await writeObjects(server.endpoint('equal'), equalObjects(Math.ceil(dataBytes / objectBytes), objectBytes))
    const results: HealRound[] = []
    for (let round = 0; round < rounds; round += 1) {
      await server.addDrive()
      results.push(await healRound(server, round))
    }
    return { objectBytes, rounds: results }
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true })
  }
}
