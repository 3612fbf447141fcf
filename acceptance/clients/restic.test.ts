import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programs } from '../needs.ts'
import type { Server } from '../server.ts'
import { seededBytes } from '../support/bytes.ts'
import { clientEnvironment } from '../support/endpoint.ts'
import { run } from '../support/program.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { assertSameTree, makeTree } from '../support/tree.ts'
import { overHttpAndHttps, transportOf } from '../transports.ts'

/** init, backup, check, restore, forget, prune */
async function backsUp(server: Server): Promise<void> {
  const folder = temporaryFolder()
  const tree = join(folder, 'tree')
  const trust = server.certificate === undefined ? [] : ['--cacert', server.certificate]
  const repository = `s3:${server.url}/restic-${transportOf(server)}/backups`
  const where = ['--repo', repository, '--cache-dir', join(folder, 'cache')]
  const restic = (...args: string[]) =>
    run(programs.restic, [...where, ...trust, '--quiet', ...args], {
      env: { ...clientEnvironment(server), RESTIC_PASSWORD: 'sesame' },
      cwd: folder,
    })

  makeTree(tree)
  for (let index = 0; index < 40; index += 1) {
    writeFileSync(join(tree, `file ${index}`), seededBytes(`file ${index}`, index * 100_000))
  }
  await restic('init')
  await restic('backup', 'tree')
  await restic('check', '--read-data')
  for (let index = 0; index < 20; index += 1) rmSync(join(tree, `file ${index}`))
  writeFileSync(join(tree, 'file 30'), seededBytes('changed', 5_000_000))
  await restic('backup', 'tree')
  await restic('restore', 'latest', '--target', 'back')
  assertSameTree(join(folder, 'back/tree'), tree)
  await restic('forget', '--keep-last', '1', '--prune')
  await restic('check', '--read-data')
  assert.equal((JSON.parse(await restic('snapshots', '--json')) as unknown[]).length, 1)
  rmSync(join(folder, 'back'), { recursive: true })
  await restic('restore', 'latest', '--target', 'back')
  assertSameTree(join(folder, 'back/tree'), tree)
}

await overHttpAndHttps('restic', ['restic'], (_, server) => backsUp(server))
