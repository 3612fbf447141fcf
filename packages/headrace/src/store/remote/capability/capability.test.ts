import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type OperationName, S3Error } from '@headrace/s3'
import { context, principal } from '../../../../test/conformance/harness.ts'
import { runtime } from '../../../../test/open-store.ts'
import { credentials, region, replyOf, type ServedOptions, servedGroup } from '../../../../test/remote/served-group.ts'
import { around } from '../../../core/layer.ts'
import type { ObjectStore, OperationFunction } from '../../../core/store.ts'
import { createMemoryStore } from '../../memory/memory-store.ts'
import { adviseOn } from './advice.ts'
import { assumedLedger, completeLedger, formatLedger, type Ledger, parseLedger } from './ledger.ts'
import { type ProbeOptions, probeUpstream } from './probe-upstream.ts'

interface Probed {
  readonly behind: ObjectStore
  readonly group: ReturnType<typeof servedGroup>
  probe(more?: Partial<ProbeOptions>): ReturnType<typeof probeUpstream>
}

function probed(served: Partial<ServedOptions> & { change?: (store: ObjectStore) => ObjectStore } = {}): Probed {
  const { change = (store) => store, ...options } = served
  const behind = createMemoryStore(runtime)
  const group = servedGroup({ store: change(behind), ctx: context(principal('upstream', true)), ...options })
  const signal = new AbortController().signal
  const probe = (more: Partial<ProbeOptions> = {}) =>
    probeUpstream({ group, credentials: () => credentials, region, runtime, signal, ...more })
  return { behind, group, probe }
}

async function bucketsOf(store: ObjectStore): Promise<string[]> {
  const { buckets } = await store.listBuckets({}, context(principal('upstream', true)))
  return buckets.map(({ name }) => name)
}

test('probeUpstream: our own server half can do all but versioning, and nothing is left behind', async () => {
  const { behind, group, probe } = probed()
  const began: string[] = []
  const { ledger, undecided, leftBehind } = await probe({ began: (name) => void began.push(name) })
  assert.deepEqual(undecided, [])
  const { probedMs, timing, ...found } = ledger
  assert.ok(probedMs !== undefined && timing !== undefined)
  const listing = { ...completeLedger.listing, encoding: 'percent' }
  const expected = { ...completeLedger, listing, versioning: false, expectContinue: 'sent' }
  assert.deepEqual(found, expected)
  assert.deepEqual(began, ['features', 'conditions', 'checksums', 'bodies', 'listing', 'reads'])
  assert.deepEqual([await bucketsOf(behind), leftBehind, group.open.size], [[], undefined, 0])
})

/** An upstream that takes no notice of what it does not know. */
function ignorant(inner: ObjectStore): ObjectStore {
  const ignored = { conditions: undefined, ifMatch: undefined, expected: undefined, partNumber: undefined }
  return around(({ operation, input, ctx }) => {
    const run = inner[operation] as unknown as OperationFunction<OperationName>
    const source = 'source' in input ? { source: { ...input.source, conditions: undefined } } : {}
    const objects = 'objects' in input ? { objects: input.objects.map(({ key }) => ({ key })) } : {}
    const part = operation === 'uploadPart' || operation === 'uploadPartCopy' ? input : { ...input, ...ignored }
    return run({ ...part, ...source, ...objects } as never, ctx)
  })(inner)
}

test('probeUpstream: conditions that have no effect are found', async () => {
  const { ledger, undecided } = await probed({ change: ignorant }).probe()
  assert.deepEqual(undecided, [])
  const all = ['put', 'complete', 'copy', 'copySource', 'delete', 'deleteObjects'] as const
  for (const name of all) assert.equal(ledger.conditions[name], 'ignored', name)
  assert.deepEqual([ledger.completeSize, ledger.partNumber], [false, 'ignored'])
  const failed = adviseOn(ledger).filter(({ level }) => level === 'fail')
  assert.deepEqual(
    failed.map(({ area }) => area),
    ['conditional PUT'],
  )
})

test('probeUpstream: a condition that two writers pass at once is found', async () => {
  const racy = (inner: ObjectStore): ObjectStore => ({
    ...inner,
    async putObject(input, ctx) {
      const { conditions, bucket, key } = input
      if (conditions?.ifNoneMatch === '*') {
        const found = await inner.headObject({ bucket, key }, ctx).catch(() => undefined)
        if (found !== undefined) throw new S3Error('PreconditionFailed')
        await new Promise((resolve) => setImmediate(resolve))
        return await inner.putObject({ ...input, conditions: undefined }, ctx)
      }
      return await inner.putObject(input, ctx)
    },
  })
  const { ledger } = await probed({ change: racy }).probe()
  assert.equal(ledger.conditions.put, 'racy')
})

test('probeUpstream: what an upstream has no answer to stays as it is assumed', async () => {
  const { behind, probe } = probed({
    intercept: ({ target }) => (target.includes('/reads/') ? Promise.resolve(replyOf(500, {})) : undefined),
  })
  const { ledger, undecided, leftBehind } = await probe()
  assert.deepEqual(
    undecided.map(({ probe: name }) => name),
    ['reads'],
  )
  assert.match(undecided[0]?.reason ?? '', /500/)
  assert.deepEqual([ledger.ranges, ledger.timing], [assumedLedger.ranges, undefined])
  assert.deepEqual([await bucketsOf(behind), leftBehind], [[], undefined])
})

test('probeUpstream: in a bucket that is there, only its own objects are touched', async () => {
  const { behind, probe } = probed()
  const ctx = context(principal('upstream', true))
  await behind.createBucket({ bucket: 'given', location: '' }, ctx)
  const { undecided, leftBehind } = await probe({ bucket: 'given' })
  assert.deepEqual([undecided, leftBehind, await bucketsOf(behind)], [[], undefined, ['given']])
})

test('probeUpstream: broken off, it tidies up; refused, it says so', async () => {
  const { behind, probe } = probed()
  const controller = new AbortController()
  const began = (name: string) => name === 'bodies' && controller.abort(new Error('enough'))
  await assert.rejects(probe({ signal: controller.signal, began }), /enough/)
  assert.deepEqual(await bucketsOf(behind), [])
  const document = '<Error><Code>AccessDenied</Code></Error>'
  const refused = probed({ intercept: () => Promise.resolve(replyOf(403, {}, document)) })
  await assert.rejects(refused.probe(), { code: 'AccessDenied' })
})

test('a ledger is kept as JSON, and one of another version is none', () => {
  assert.deepEqual(parseLedger(formatLedger(completeLedger)), completeLedger)
  for (const text of ['', '{}', JSON.stringify({ ...completeLedger, version: 2 })]) {
    assert.equal(parseLedger(text), undefined)
  }
})

test('adviseOn: says what is wrong and what to do, the worst first', () => {
  assert.ok(adviseOn(completeLedger).every(({ level }) => level === 'pass'))
  const timing = { firstByteMs: 2.7, bodyAfterHeadMs: 41.2 }
  const bad: Ledger = {
    ...assumedLedger,
    timing,
    bodies: { unsigned: false, signedChunks: false, signedTrailer: false, unsignedTrailer: false },
    conditions: { ...assumedLedger.conditions, put: 'racy' },
    expectContinue: 'never',
    listing: { order: 'other', encoding: 'none', passesPrefixes: false },
    ranges: { ...assumedLedger.ranges, served: false },
    partNumber: 'own-etag',
    tagging: false,
  }
  const advice = adviseOn(bad)
  const levels = advice.map(({ level }) => level)
  assert.deepEqual(levels, [...levels].sort())
  const failed = advice.filter(({ level }) => level === 'fail').map(({ area }) => area)
  assert.deepEqual(failed, ['conditional PUT', 'bodies', 'ranges', 'parts', 'listing', 'small reads'])
  assert.match(advice.find(({ area }) => area === 'small reads')?.text ?? '', /tcp_nodelay=1/)
  assert.match(advice.find(({ area }) => area === 'features')?.text ?? '', /no tags/)
  const slow = adviseOn({ ...completeLedger, timing: { firstByteMs: 2, bodyAfterHeadMs: 200 } })
  assert.ok(slow.every(({ level }) => level === 'pass'))
})
