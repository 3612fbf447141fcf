import { ErasureError } from '../errors.ts'
import { decodeStream } from '../streams/decode-stream.ts'
import { parseCount, parseIndexes, parseProfile, parseUnit } from './arguments.ts'
import { chunkFileBytes, chunkFileSources } from './chunk-files.ts'
import type { Command } from './command.ts'
import { writeWhole } from './write-whole.ts'

export const decodeFile: Command = {
  parameters: ['PROFILE', 'STRIPE_UNIT', 'READ', 'FILE'],
  help: 'write FILE from the chunks READ, any k of them, with its padding unless --size is given',
  async run([profile = '', unit = '', read = '', file = ''], { size }) {
    const code = parseProfile(profile)
    const unitBytes = parseUnit(unit)
    const from = parseIndexes(code, read)
    const chunkBytes = await chunkFileBytes(file, from)
    if (chunkBytes % unitBytes !== 0) {
      throw new ErasureError('badChunks', `the chunks have ${chunkBytes} bytes: no multiple of the stripe unit`)
    }
    const paddedBytes = chunkBytes * code.k
    const sizeBytes = size === undefined ? paddedBytes : parseCount('--size', size)
    if (sizeBytes > paddedBytes || sizeBytes <= paddedBytes - code.k * unitBytes) {
      throw new ErasureError('badChunks', `--size ${sizeBytes} does not fit chunks of ${chunkBytes} bytes`)
    }
    await writeWhole([file], async (append) => {
      const pieces = decodeStream(code, chunkFileSources(file, from), { unitBytes, sizeBytes })
      for await (const piece of pieces) await append(0, piece)
    })
    const { k, m, technique } = code
    return {
      facts: { command: 'decode', k, m, technique, unitBytes, sizeBytes, from, path: file },
      lines: [`${file}: ${sizeBytes} bytes`],
      isGood: true,
    }
  },
}
