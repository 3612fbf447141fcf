import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SeededBytes, seededChance } from './bytes.ts'

export interface DataSetSize {
  readonly files: number
  readonly bytes: number
}

const mib = 1024 * 1024
const pieceBytes = 4 * mib

/** How many files of which sizes: as in a set of images with annotations, some clips, and a few archives. */
const kinds = [
  { folder: 'images', suffix: 'jpg', count: 7000, bytesMin: 40_000, bytesMax: 240_000 },
  { folder: 'annotations', suffix: 'json', count: 3500, bytesMin: 0, bytesMax: 8_000 },
  { folder: 'clips', suffix: 'mp4', count: 300, bytesMin: 1_000_000, bytesMax: 4_000_000 },
  { folder: 'shards', suffix: 'tar', count: 5, bytesMin: 64 * mib, bytesMax: 96 * mib },
  // Above 200 MiB rclone uploads in parts.
  { folder: 'archives', suffix: 'tar.zst', count: 1, bytesMin: 210 * mib, bytesMax: 220 * mib },
] as const

/** Makes the data set in a folder; the same seed makes the same bytes. */
export function makeDataSet(folder: string, seed: string): DataSetSize {
  const chance = seededChance(`${seed} sizes`)
  const content = new SeededBytes(`${seed} content`)
  let files = 0
  let bytes = 0
  for (const { folder: kind, suffix, count, bytesMin, bytesMax } of kinds) {
    for (let index = 0; index < count; index += 1) {
      const name = String(index).padStart(5, '0')
      const size = bytesMin + chance(bytesMax - bytesMin)
      writeFile(join(folder, kind, `part ${name.slice(0, 3)}`, `${name}.${suffix}`), content, size)
      files += 1
      bytes += size
    }
  }
  return { files, bytes }
}

function writeFile(path: string, content: SeededBytes, size: number): void {
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'w')
  for (let left = size; left > 0; left -= pieceBytes) writeSync(file, content.next(Math.min(left, pieceBytes)))
  closeSync(file)
}
