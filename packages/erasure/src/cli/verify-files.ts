import { planRebuild } from '../plan-rebuild.ts'
import { verifyStream } from '../streams/verify-stream.ts'
import { parseProfile } from './arguments.ts'
import { chunkFileBytes, chunkFileSources, chunkPath, existingChunks, wholeChunks } from './chunk-files.ts'
import type { Command } from './command.ts'

export const verifyFiles: Command = {
  parameters: ['PROFILE', 'FILE'],
  help: 'check that the chunks of FILE that are there agree; exit status 1 when they do not',
  async run([profile = '', file = '']) {
    const code = parseProfile(profile)
    const indexes = await existingChunks(file, code)
    const { from } = planRebuild(code, { from: indexes, to: [] }) // too few are named before any is read
    const chunkBytes = await chunkFileBytes(file, indexes)
    const mismatches = await verifyStream(code, chunkFileSources(file, indexes), wholeChunks(code, chunkBytes))
    const { k, m, technique } = code
    const spares = indexes.length - k
    const good = spares === 0 ? `only ${k} chunks are there: nothing to compare` : `the ${indexes.length} chunks agree`
    const bad = mismatches.map(({ index, offset }) => {
      return `${chunkPath(file, index)} differs at byte ${offset} from what chunks ${from.join(',')} say`
    })
    return {
      facts: { command: 'verify', k, m, technique, chunks: indexes, spares, mismatches },
      lines: bad.length === 0 ? [good] : bad,
      isGood: bad.length === 0,
    }
  },
}
