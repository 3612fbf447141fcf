import { planRebuild } from '../plan-rebuild.ts'
import { rebuildStream } from '../streams/rebuild-stream.ts'
import { parseIndexes, parseProfile } from './arguments.ts'
import { chunkFileBytes, chunkFileSources, chunkPath, existingChunks, wholeChunks } from './chunk-files.ts'
import type { Command } from './command.ts'
import { writeWhole } from './write-whole.ts'

export const rebuildFiles: Command = {
  parameters: ['PROFILE', 'WANT', 'FILE'],
  help: 'write the chunks WANT from any k others that are there, without writing FILE',
  async run([profile = '', wanted = '', file = '']) {
    const code = parseProfile(profile)
    const to = parseIndexes(code, wanted)
    const others = (await existingChunks(file, code)).filter((index) => !to.includes(index))
    const { from } = planRebuild(code, { from: others, to })
    const chunkBytes = await chunkFileBytes(file, from)
    const paths = to.map((index) => chunkPath(file, index))
    await writeWhole(paths, async (append) => {
      const sources = chunkFileSources(file, from)
      for await (const pieces of rebuildStream(code, sources, { to, ...wholeChunks(code, chunkBytes) })) {
        await Promise.all(pieces.map((piece, at) => append(at, piece)))
      }
    })
    const { k, m, technique } = code
    const files = to.map((index, at) => ({ index, path: paths[at], sizeBytes: chunkBytes }))
    return {
      facts: { command: 'rebuild', k, m, technique, from, files },
      lines: files.map(({ path }) => `${path}: ${chunkBytes} bytes, from chunks ${from.join(',')}`),
      isGood: true,
    }
  },
}
