import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AggregatorRegistry, type Registry } from 'prom-client'
import { finishedRequest } from '../../test/support/access-record.ts'
import { RequestMetrics, type StoreFigures, StoreMetrics } from './metrics.ts'

/** Samples of a metric by their labels, as in the text format. */
async function samples(registry: Pick<Registry, 'metrics'>, name: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const line of (await registry.metrics()).split('\n')) {
    const match = /^(\w+)(\{.*\})? (\S+)$/.exec(line)
    if (match?.[1] === name) found[match[2] ?? ''] = Number(match[3])
  }
  return found
}

test('RequestMetrics: counts requests, bytes, times and sizes by operation', async () => {
  const metrics = new RequestMetrics()
  for (let i = 0; i < 3; i += 1) metrics.requestStarted()
  metrics.requestFinished(finishedRequest({ operation: 'getObject', bytesOut: 500, objectSize: 2_000, totalMs: 20 }))
  metrics.requestFinished(finishedRequest({ operation: 'putObject', bytesIn: 70, status: 403 }))
  assert.deepEqual(await samples(metrics.registry, 'headrace_requests_total'), {
    '{operation="getObject",status="200"}': 1,
    '{operation="putObject",status="403"}': 1,
  })
  assert.deepEqual(await samples(metrics.registry, 'headrace_request_bytes_total'), {
    '{operation="getObject",direction="out"}': 500,
    '{operation="putObject",direction="in"}': 70,
  })
  assert.deepEqual(await samples(metrics.registry, 'headrace_requests_in_flight'), { '': 1 })
  assert.equal(
    (await samples(metrics.registry, 'headrace_request_duration_seconds_sum'))['{operation="getObject"}'],
    0.02,
  )
  const sizes = await samples(metrics.registry, 'headrace_object_size_bytes_bucket')
  assert.equal(sizes['{le="1024",operation="getObject"}'], 0)
  assert.equal(sizes['{le="16384",operation="getObject"}'], 1)
})

test('RequestMetrics: a request that could not be understood counts as unknown', async () => {
  const metrics = new RequestMetrics()
  metrics.requestFinished(finishedRequest({ operation: undefined, status: 400 }))
  assert.deepEqual(await samples(metrics.registry, 'headrace_requests_total'), {
    '{operation="unknown",status="400"}': 1,
  })
})

test('RequestMetrics: names, owners and ids are no labels', async () => {
  const metrics = new RequestMetrics()
  metrics.requestFinished(
    finishedRequest({ bucket: 'photos', key: 'private/cat', owner: 'alice', accessKeyId: 'HRALICE', requestId: 'R1' }),
  )
  assert.doesNotMatch(await metrics.registry.metrics(), /photos|cat|alice|HRALICE|R1/)
})

test('RequestMetrics: those of several gateways add up', async () => {
  const gateways = [new RequestMetrics(), new RequestMetrics(), new RequestMetrics()]
  for (const [number, metrics] of gateways.entries()) {
    metrics.requestStarted()
    metrics.requestStarted()
    metrics.requestFinished(finishedRequest({ operation: 'getObject', bytesOut: 10 * (number + 1), totalMs: 1 }))
    metrics.driveFault()
  }
  const answers = await Promise.all(gateways.map((metrics) => metrics.registry.getMetricsAsJSON()))
  const sum = AggregatorRegistry.aggregate(answers)
  assert.deepEqual(await samples(sum, 'headrace_requests_total'), { '{operation="getObject",status="200"}': 3 })
  assert.deepEqual(await samples(sum, 'headrace_request_bytes_total'), {
    '{operation="getObject",direction="out"}': 60,
  })
  assert.deepEqual(await samples(sum, 'headrace_requests_in_flight'), { '': 3 })
  assert.deepEqual(await samples(sum, 'headrace_drive_faults_total'), { '': 3 })
  assert.equal((await samples(sum, 'headrace_request_duration_seconds_count'))['{operation="getObject"}'], 3)
})

test('StoreMetrics: counts batches, and shows the figures of the store', async () => {
  const metrics = new StoreMetrics()
  metrics.batchCommitted({ mutations: 3, bytes: 100, durationMs: 2 })
  metrics.batchCommitted({ mutations: 1, bytes: 50, durationMs: 2 })
  assert.deepEqual(await samples(metrics.registry, 'headrace_commit_mutations_total'), { '': 4 })
  assert.deepEqual(await samples(metrics.registry, 'headrace_journal_bytes_total'), { '': 150 })
  assert.deepEqual(await samples(metrics.registry, 'headrace_commit_batch_mutations_count'), { '': 2 })
  const figures: StoreFigures = {
    buckets: 1,
    objects: 2,
    bytes: 3,
    indexBytes: 4,
    journalBytes: 5,
    freeBytes: 6,
    totalBytes: 7,
    trashEntries: 8,
    segments: 9,
  }
  metrics.setFigures(figures)
  metrics.setFigures({ ...figures, objects: 20 })
  const text = await metrics.registry.metrics()
  for (const line of ['headrace_store_objects 20', 'headrace_drive_free_bytes 6', 'headrace_store_segments 9']) {
    assert.ok(text.includes(`\n${line}\n`), line)
  }
})

test('RequestMetrics: shows what reads of drives have done, as it stands', async () => {
  const metrics = new RequestMetrics()
  const figures = { reads: 0, hedges: 0, rebuiltBlocks: 0, suspects: 0 }
  metrics.showReads(figures)
  Object.assign(figures, { reads: 50, hedges: 2, rebuiltBlocks: 8, suspects: 1 })
  await metrics.registry.metrics()
  figures.reads = 60
  assert.deepEqual(await samples(metrics.registry, 'headrace_drive_reads_total'), { '': 60 })
  assert.deepEqual(await samples(metrics.registry, 'headrace_drive_hedges_total'), { '': 2 })
  assert.deepEqual(await samples(metrics.registry, 'headrace_rebuilt_blocks_total'), { '': 8 })
  assert.deepEqual(await samples(metrics.registry, 'headrace_suspect_chunks_total'), { '': 1 })
})

test('StoreMetrics: shows drives, one by one, those that are there', async () => {
  const metrics = new StoreMetrics()
  const well = { isUp: true, isSlow: false }
  const background = { readBytes: 4_000, writtenBytes: 1_000 }
  metrics.setHealth({ degradedRows: 0, drives: [1, 2, 3].map((device) => ({ device, ...well })), background })
  const drives = [
    { device: 1, isUp: true, isSlow: true },
    { device: 3, isUp: false, isSlow: false },
  ]
  metrics.setHealth({ degradedRows: 7, drives, background: { readBytes: 8_000, writtenBytes: 2_000 } })
  assert.deepEqual(await samples(metrics.registry, 'headrace_drive_up'), { '{device="1"}': 1, '{device="3"}': 0 })
  assert.deepEqual(await samples(metrics.registry, 'headrace_drive_slow'), { '{device="1"}': 1, '{device="3"}': 0 })
  assert.deepEqual(await samples(metrics.registry, 'headrace_degraded_rows'), { '': 7 })
  assert.deepEqual(await samples(metrics.registry, 'headrace_background_bytes_total'), {
    '{direction="read"}': 8_000,
    '{direction="written"}': 2_000,
  })
})

test('metrics: every one has a help text, a unit or total in its name, and the prefix', async () => {
  for (const { registry } of [new RequestMetrics(), new StoreMetrics()]) {
    for (const { name, help } of await registry.getMetricsAsJSON()) {
      assert.match(name, /^headrace_[a-z_]+$/)
      assert.match(help, /^[A-Z].*\.$/)
    }
  }
})
