import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryStore } from '../src/store/memory/memory-store.ts'
import { testObjectStore } from './conformance/suite.ts'
import { openAt, runtime } from './open-store.ts'

testObjectStore('memory', async () => ({ store: createMemoryStore(runtime), async close() {} }))

testObjectStore('embedded', async () => {
  const root = await mkdtemp(join(tmpdir(), 'headrace-'))
  const opened = await openAt(root)
  return {
    store: opened.store,
    async close() {
      await opened.close()
      await rm(root, { recursive: true })
    },
  }
})
