import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { temporaryFolder } from '../../../../test/open-store.ts'
import { StoreLockedError, takeLock } from './store-lock.ts'

test('takeLock: one holder at a time, named to the others', async (t) => {
  const path = join(await temporaryFolder(t), 'locks', 'keeper')
  const lock = takeLock(path)
  assert.throws(
    () => takeLock(path),
    (error: Error) => {
      assert.ok(error instanceof StoreLockedError)
      assert.ok(error.message.startsWith(`${path} is locked by another process (process ${process.pid}).`))
      assert.match(error.message, /Stop it first, or use another --data\.$/)
      return true
    },
  )
  lock.release()
  takeLock(path).release()
})

test('takeLock: what is no lock file is an error of its own', async (t) => {
  const path = join(await temporaryFolder(t), 'keeper')
  await writeFile(path, 'something else altogether, longer than the head of a database '.repeat(20))
  assert.throws(() => takeLock(path), /not a database/)
})

test('takeLock: a process that is killed holds nothing any more', async (t) => {
  const folder = await temporaryFolder(t)
  const path = join(folder, 'keeper')
  const script = join(folder, 'holder.ts')
  const module = new URL('./store-lock.ts', import.meta.url).href
  await writeFile(
    script,
    `import { takeLock } from '${module}'\ntakeLock('${path}')\nprocess.send('held')\nsetInterval(() => {}, 1000)\n`,
  )
  const holder = fork(script)
  t.after(async () => void holder.kill('SIGKILL'))
  await once(holder, 'message')
  assert.throws(() => takeLock(path), new RegExp(`process ${holder.pid}`))
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  takeLock(path).release()
  assert.ok(!readdirSync(folder).includes('keeper.pid'))
})

test('takeLock: a lock that nobody refers to is held all the same', async (t) => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const path = join(await temporaryFolder(t), 'keeper')
  takeLock(path)
  for (let round = 0; round < 5; round += 1) {
    collect()
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.throws(() => takeLock(path), StoreLockedError)
})
