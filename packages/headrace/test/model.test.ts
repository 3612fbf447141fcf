import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { S3Error } from '@headrace/s3'
import fc from 'fast-check'
import type { ObjectStore } from '../src/core/store.ts'
import { createMemoryStore } from '../src/store/memory/memory-store.ts'
import { actions, bodyOf, context } from './conformance/harness.ts'
import { openAt, runtime, temporaryFolder } from './open-store.ts'

const ctx = context()
const keys = ['a', 'a/b', 'b', 'c']

/** One step of a random history; small numbers stand for keys, uploads and parts. */
type Step =
  | { do: 'put'; key: number; size: number; seed: number; onlyIfNone: boolean }
  | { do: 'copy'; key: number; from: number; replace: boolean }
  | { do: 'delete'; keys: number[] }
  | { do: 'tag'; key: number; tags: number }
  | { do: 'create'; key: number }
  | { do: 'part'; upload: number; part: number; size: number; seed: number }
  | { do: 'partCopy'; upload: number; part: number; from: number }
  | { do: 'complete'; upload: number; parts: number[] }
  | { do: 'abort'; upload: number }
  | { do: 'reopen' }

const key = fc.nat(keys.length - 1)
const size = fc.constantFrom(0, 1, 16_384, 16_385, 70_000, 1_048_577)
const upload = fc.nat(3)
const part = fc.integer({ min: 1, max: 3 })
const seed = fc.nat(5)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('put' as const), key, size, seed, onlyIfNone: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('copy' as const), key, from: key, replace: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('delete' as const), keys: fc.array(key, { minLength: 1, maxLength: 3 }) }),
  },
  fc.record({ do: fc.constant('tag' as const), key, tags: fc.nat(3) }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant('create' as const), key }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('part' as const), upload, part, size, seed }) },
  fc.record({ do: fc.constant('partCopy' as const), upload, part, from: key }),
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('complete' as const),
      upload,
      parts: fc.uniqueArray(part, { minLength: 1 }),
    }),
  },
  fc.record({ do: fc.constant('abort' as const), upload }),
  fc.constant({ do: 'reopen' as const }),
)

/** A store, and the uploads that were begun in it: their ids differ from store to store. */
class Subject {
  readonly #uploads: { id: string; key: string; etags: Map<number, string> }[] = []
  store: ObjectStore

  constructor(store: ObjectStore) {
    this.store = store
  }

  /** Does a step, and tells what came of it in a form that can be compared. */
  async take(todo: Step): Promise<unknown> {
    try {
      return await this.#take(todo)
    } catch (error) {
      if (error instanceof S3Error) return error.code
      throw error
    }
  }

  async #take(todo: Step): Promise<unknown> {
    const { put, upload: begin } = actions(this.store)
    switch (todo.do) {
      case 'put': {
        const conditions = todo.onlyIfNone ? { ifNoneMatch: '*' } : undefined
        return (await put('b', keyOf(todo.key), content(todo.size, todo.seed), { conditions })).etag
      }
      case 'copy': {
        const replace = todo.replace ? { content: {}, metadata: { n: 'x' } } : undefined
        const source = { bucket: 'b', key: keyOf(todo.from) }
        return (await this.store.copyObject({ bucket: 'b', key: keyOf(todo.key), source, replace }, ctx)).etag
      }
      case 'delete': {
        const objects = todo.keys.map((number) => ({ key: keyOf(number) }))
        return (await this.store.deleteObjects({ bucket: 'b', objects, quiet: false }, ctx)).deleted.length
      }
      case 'tag': {
        const tags = Array.from({ length: todo.tags }, (_, i) => ({ key: `${i}`, value: 'v'.repeat(250) }))
        return await this.store.putObjectTagging({ bucket: 'b', key: keyOf(todo.key), tags }, ctx)
      }
      case 'create':
        this.#uploads.push({ id: await begin('b', keyOf(todo.key)), key: keyOf(todo.key), etags: new Map() })
        return undefined
      case 'reopen':
        return undefined
      default:
        return await this.#takeUpload(todo)
    }
  }

  async #takeUpload(todo: Step & { upload: number }): Promise<unknown> {
    const upload = this.#uploads[todo.upload]
    if (upload === undefined) return 'no upload'
    const place = { bucket: 'b', key: upload.key, uploadId: upload.id }
    if (todo.do === 'part') {
      const body = bodyOf(content(todo.size, todo.seed))
      const { etag } = await this.store.uploadPart({ ...place, partNumber: todo.part, body }, ctx)
      upload.etags.set(todo.part, etag)
      return etag
    }
    if (todo.do === 'partCopy') {
      const source = { bucket: 'b', key: keyOf(todo.from) }
      const { etag } = await this.store.uploadPartCopy({ ...place, partNumber: todo.part, source }, ctx)
      upload.etags.set(todo.part, etag)
      return undefined
    }
    if (todo.do === 'complete') {
      const parts = todo.parts.map((partNumber) => ({ partNumber, etag: upload.etags.get(partNumber) ?? 'none' }))
      await this.store.completeMultipartUpload({ ...place, parts }, ctx)
      return undefined
    }
    return await this.store.abortMultipartUpload(place, ctx)
  }

  /** Everything that can be read. ETags of composed objects are left out: they name bytes that nobody has hashed. */
  async everything(): Promise<unknown> {
    const { get, list } = actions(this.store)
    const objects = []
    for (const name of await list('b')) {
      const { info } = await this.store.headObject({ bucket: 'b', key: name }, ctx)
      const md5 = createHash('md5')
        .update(await get('b', name))
        .digest('hex')
      objects.push([name, md5, info.sizeBytes, { ...info.metadata }, info.tagCount, info.partsCount])
    }
    const uploads = await this.store.listMultipartUploads(
      { bucket: 'b', prefix: '', delimiter: '', keyMarker: '', maxUploads: 1000 },
      ctx,
    )
    return { objects, uploads: uploads.uploads.map(({ key: name }) => name) }
  }
}

function keyOf(number: number): string {
  return keys[number] as string
}

function content(sizeBytes: number, seedNumber: number): Buffer {
  return Buffer.alloc(sizeBytes, createHash('sha512').update(String(seedNumber)).digest())
}

test('embedded: a random history leaves what it leaves in the memory store', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const root = await temporaryFolder(t)
      let opened = await openAt(root)
      const model = new Subject(createMemoryStore(runtime))
      const real = new Subject(opened.store)
      await model.store.createBucket({ bucket: 'b', location: '' }, ctx)
      await real.store.createBucket({ bucket: 'b', location: '' }, ctx)
      for (const [number, todo] of steps.entries()) {
        if (todo.do === 'reopen') {
          await opened.close()
          opened = await openAt(root)
          real.store = opened.store
        }
        assert.deepEqual(await real.take(todo), await model.take(todo), `step ${number}: ${JSON.stringify(todo)}`)
      }
      assert.deepEqual(await real.everything(), await model.everything())
      await opened.close()
    }),
    {
      interruptAfterTimeLimit: Number(process.env.HEADRACE_MODEL_SECONDS ?? 6) * 1000,
      numRuns: 10_000,
      markInterruptAsFailure: false,
    },
  )
})
