import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { mountTmpfs } from '../support/mount.ts'
import { run } from '../support/program.ts'
import { Library } from './support/library.ts'
import { chunkFiles, DriveStore, namesIn } from './support/store.ts'

// File systems that are mounted, and are not any more, or can only be read.

test(
  'a drive that is not mounted is never written to; one that turns read-only is done without',
  needs('ownServer', 'root'),
  async (t) => {
    const [third, first] = [await mountTmpfs(t, 'size=128m'), await mountTmpfs(t, 'size=128m')]
    const mount = async (store: string, n: number, source: string) =>
      await run('mount', ['--bind', source, join(store, `d${n}`)])
    const store = await DriveStore.start(t, 6, {
      args: ['--reserve-bytes', '1000000'],
      async prepare(parent) {
        for (const [n, source] of [
          [1, first],
          [3, third],
        ] as const) {
          mkdirSync(join(parent, `d${n}`))
          await mount(parent, n, source)
          t.after(() => run('umount', ['--lazy', join(parent, `d${n}`)]).catch(() => {}))
        }
      },
    })
    const library = await Library.open(() => store.endpoint)
    await library.fill('before')
    const reading = library.readAgainAndAgain(t)
    const [one, three] = store.folders(1, 3) as [string, string]
    await run('umount', ['--lazy', one])
    await run('umount', ['--lazy', three])
    await library.assertWhole()
    await store.driveIs(0, { state: 'down' })
    await store.driveIs(2, { state: 'down' })
    await store.killChildren('keeper')
    await library.assertWhole()
    assert.deepEqual([namesIn(one), namesIn(three)], [[], []])
    await reading.stop()
    // Nor when the server starts, and whatever it is told.
    await store.restart(join(store.parent, 'd{1...6}'))
    await library.assertWhole()
    assert.deepEqual([namesIn(one), namesIn(three)], [[], []])
    assert.match(store.log, /d3 is an empty folder on another file system\. Is the drive mounted\?/)
    await mount(store.parent, 1, first)
    await mount(store.parent, 3, third)
    await store.becomesFull()
    await library.fill('mounted again')

    const readingOn = library.readAgainAndAgain(t)
    await run('umount', ['--lazy', three])
    await mount(store.parent, 3, third)
    await run('mount', ['-o', 'remount,bind,ro', three])
    await library.fill('one can only be read')
    await store.driveIs(2, { state: 'down' })
    await library.assertWhole()
    assert.match((await store.drive(2)).reason, /EROFS/)
    await run('mount', ['-o', 'remount,bind,rw', three])
    await store.becomesFull()
    await readingOn.stop()
    assert.ok(chunkFiles(three).length > 0)
    await library.assertWhole()
    await store.stop()
  },
)
