// `node bench/bench.ts [--json] [--seconds S]`: how fast chunks are encoded and rebuilt, beside memcpy and ISA-L.
// Every figure is GB (10^9 bytes) of data read per second, on one thread unless the row says otherwise: the best of some
// rounds, for the machine may be shared. "resident" is data in buffers of `allocate`; "outside" is data anywhere else,
// which is copied into the kernel's memory and back; "cold" goes through 256 MiB, so that data comes from main memory.
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { createCode, createPool, encodeStream, localEngine, planRebuild } from '../src/index.js'
import { cephRates, isalRates } from './peers.js'

const { values } = parseArgs({ options: { json: { type: 'boolean' }, seconds: { type: 'string', default: '0.6' } } })
const secondsPerRow = Number(values.seconds)
const coldBytes = 256 * 2 ** 20
const chunkBytes = 65_536
/** Runs `pass`, which handles `bytes`, again and again for the time of a row; the best rate in GB/s. */
async function bestRate(bytes, pass) {
  let best = 0
  await pass()
  const endMs = performance.now() + secondsPerRow * 1000
  for (let round = 0; round < 3 || performance.now() < endMs; round += 1) {
    const startMs = performance.now()
    await pass()
    best = Math.max(best, bytes / (performance.now() - startMs) / 1e6)
  }
  return best
}
const outside = ({ count, sizeBytes }) => Array.from({ length: count }, () => new Uint8Array(sizeBytes).fill(7))
/** Applies a combination to `stripes` stripes in turn, in buffers of the given kind. */
function stripeRate(engine, combination, shape) {
  const { sourceCount, targetCount } = combination
  const { sizeBytes, stripes, allocate } = shape
  const width = sourceCount + targetCount
  const buffers = allocate({ count: width * stripes, sizeBytes })
  buffers.forEach((buffer, index) => {
    buffer.fill(index)
  })
  const work = Array.from({ length: stripes }, (_, stripe) => {
    const chunks = buffers.slice(stripe * width, (stripe + 1) * width)
    return { sources: chunks.slice(0, sourceCount), targets: chunks.slice(sourceCount) }
  })
  return bestRate(sourceCount * sizeBytes * stripes, async () => {
    const pending = work.map((stripe) => engine.combine(combination, stripe)).filter((done) => done !== undefined)
    if (pending.length > 0) await Promise.all(pending)
  })
}
/** As a store writes: pieces arrive from a socket, are gathered into stripes and encoded. */
function streamRate(code) {
  const pieces = Array.from({ length: 512 }, () => new Uint8Array(65_536).fill(3))
  return bestRate(512 * 65_536, async () => {
    for await (const stripe of encodeStream(code, pieces, { unitBytes: chunkBytes })) if (stripe.index < 0) return
  })
}
async function copyRate(sizeBytes, times) {
  const from = new Uint8Array(sizeBytes).fill(1)
  const to = new Uint8Array(sizeBytes).fill(2)
  return bestRate(sizeBytes * times, () => {
    for (let time = 0; time < times; time += 1) to.set(from)
  })
}
async function rowsOf(k, m) {
  const code = createCode({ k, m })
  const one = planRebuild(code, { from: Array.from({ length: k + m - 1 }, (_, index) => index + 1), to: [0] })
  const resident = localEngine.allocate
  const warm = { sizeBytes: chunkBytes, stripes: 1 }
  const cold = { sizeBytes: chunkBytes, stripes: Math.floor(coldBytes / (chunkBytes * k)) }
  const rows = []
  for (const [name, combination] of [
    ['encode', code.encoding],
    ['rebuild one', one],
  ]) {
    for (const [place, allocate] of [
      ['resident', resident],
      ['outside', outside],
    ]) {
      for (const [heat, shape] of [
        ['', warm],
        [', cold', cold],
      ]) {
        const gigabytesPerSecond = await stripeRate(localEngine, combination, { ...shape, allocate })
        rows.push({ what: `${k} + ${m} ${name}, ${place}${heat}`, gigabytesPerSecond })
      }
    }
  }
  rows.push({ what: `${k} + ${m} encodeStream, 64 KiB pieces`, gigabytesPerSecond: await streamRate(code) })
  return rows
}
async function poolRow(k, m) {
  await using pool = createPool()
  const shape = { sizeBytes: 2 ** 20, stripes: 8, allocate: pool.allocate.bind(pool) }
  const gigabytesPerSecond = await stripeRate(pool, createCode({ k, m }).encoding, shape)
  return {
    what: `${k} + ${m} encode, pool of ${availableParallelism()} threads, 1 MiB chunks, 8 stripes at once`,
    gigabytesPerSecond,
  }
}
/** A figure for the table; none where a program is not installed. */
function rate(gigabytesPerSecond) {
  return (Number.isNaN(gigabytesPerSecond) ? '–' : gigabytesPerSecond.toFixed(2)).padStart(7)
}
const rows = [
  { what: 'memcpy, 64 KiB', gigabytesPerSecond: await copyRate(65_536, 512) },
  { what: 'memcpy, 256 MiB', gigabytesPerSecond: await copyRate(coldBytes, 1) },
  ...(await rowsOf(8, 3)),
  ...(await rowsOf(4, 2)),
  await poolRow(8, 3),
  ...isalRates({ k: 8, m: 3, chunkBytes, coldBytes }),
  ...cephRates({ k: 8, m: 3, chunkBytes }),
]
if (values.json)
  console.log(JSON.stringify({ cpu: cpus()[0]?.model, node: process.version, engine: localEngine.name, rows }))
else {
  console.log(`${cpus()[0]?.model}, Node ${process.version}, ${localEngine.name}; GB of data per second`)
  for (const { what, gigabytesPerSecond } of rows) console.log(`${rate(gigabytesPerSecond)}  ${what}`)
}
