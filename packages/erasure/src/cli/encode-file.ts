import { encodeStream } from '../streams/encode-stream.ts'
import { parseIndexes, parseProfile, parseUnit } from './arguments.ts'
import { chunkPath, readFileBytes } from './chunk-files.ts'
import type { Command } from './command.ts'
import { writeWhole } from './write-whole.ts'

export const encodeFile: Command = {
  parameters: ['PROFILE', 'STRIPE_UNIT', 'WANT', 'FILE'],
  help: 'write the wanted chunks of FILE, the last stripe filled up with zeros',
  async run([profile = '', unit = '', wanted = '', file = '']) {
    const code = parseProfile(profile)
    const unitBytes = parseUnit(unit)
    const want = parseIndexes(code, wanted)
    const paths = want.map((index) => chunkPath(file, index))
    let sizeBytes = 0
    let stripes = 0
    await writeWhole(paths, async (append) => {
      for await (const { chunks, dataBytes } of encodeStream(code, readFileBytes(file), { unitBytes })) {
        await Promise.all(want.map((index, at) => append(at, chunks[index]!)))
        sizeBytes += dataBytes
        stripes += 1
      }
    })
    const { k, m, technique } = code
    const files = want.map((index, at) => ({ index, path: paths[at], sizeBytes: stripes * unitBytes }))
    return {
      facts: { command: 'encode', k, m, technique, unitBytes, sizeBytes, stripes, files },
      lines: files.map(({ path, sizeBytes: written }) => `${path}: ${written} bytes`),
      isGood: true,
    }
  },
}
