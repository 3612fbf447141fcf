import { magic, parseBinaryMap } from '../binary/parse-binary-map.ts'
import { parseCrushDump } from '../json/parse-crush-dump.ts'
import { CrushError } from '../map/crush-error.ts'
import type { CrushMap } from '../map/crush-map.ts'
import { parseTextMap } from '../text/parse-text-map.ts'
import { UsageError } from './arguments.ts'
import type { Console } from './console.ts'

/** Reads a map in any of its three forms, which it tells apart by how the file begins. */
export function readMap(console: Console, path: string | undefined): CrushMap {
  if (path === undefined) throw new UsageError('the map file is missing: -i FILE')
  const bytes = console.readFile(path)
  try {
    return parseMap(bytes)
  } catch (error) {
    if (error instanceof CrushError) throw new CrushError(path, error.message)
    throw error
  }
}

function parseMap(bytes: Uint8Array): CrushMap {
  if (bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === magic)
    return parseBinaryMap(bytes)
  const text = new TextDecoder().decode(bytes)
  return /^\s*\{/.test(text) ? parseCrushDump(text) : parseTextMap(text)
}
