import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { settled } from '../../../../test/support/waiting.ts'
import { listedUpstreams } from './discovery.ts'
import { namedUpstreams, type ResolvedAddress } from './named-upstreams.ts'
import { type NamedOrigin, originAt, originOf } from './origin.ts'
import { resolveName } from './resolve-name.ts'

test('originOf: host and port, with the port of the protocol', () => {
  assert.deepEqual(originOf({ url: 'http://10.0.0.2:7480', zone: 'a' }), {
    name: '10.0.0.2:7480',
    host: '10.0.0.2:7480',
    zone: 'a',
    origin: { protocol: 'http:', host: '10.0.0.2', port: 7480 },
  })
  const { name, host, origin } = originOf({ url: 'https://S3.example.com/' })
  assert.deepEqual([name, host, origin.port], ['s3.example.com:443', 's3.example.com', 443])
  assert.deepEqual(originOf({ url: 'http://[::1]:80' }).origin.host, '::1')
  assert.equal(originOf({ url: 'http://10.0.0.2:7480', name: 'rgw1' }).name, 'rgw1')
})

test('originOf: says what is wrong', () => {
  const problem = (url: string) => assert.throws(() => originOf({ url }), /^Error: upstream/)
  for (const url of ['10.0.0.2:7480', 'ftp://a', 'http://u:p@a', 'http://a/b', 'http://a?b', 'http://a/#c', ''])
    problem(url)
})

test('originAt: an address, addressed by the name that its certificate has', () => {
  const at = originAt(originOf({ url: 'https://s3.example.com' }), '2001:db8::1')
  assert.equal(at.name, '[2001:db8::1]:443')
  assert.equal(at.host, 's3.example.com')
  assert.deepEqual(at.origin, {
    protocol: 'https:',
    host: '2001:db8::1',
    port: 443,
    tls: { serverName: 's3.example.com' },
  })
})

test('listedUpstreams: are those, each once', () => {
  const seen: string[][] = []
  const changed = (all: readonly NamedOrigin[]) => seen.push(all.map(({ name }) => name))
  listedUpstreams([{ url: 'http://a' }, { url: 'http://b' }]).watch({ changed, failed: assert.fail })
  assert.deepEqual(seen, [['a:80', 'b:80']])
  assert.throws(() => listedUpstreams([{ url: 'http://a' }, { url: 'http://a:80' }]), /a:80 is there twice/)
  assert.throws(() => listedUpstreams([]), /needs an upstream/)
})

/** A name, and what DNS answers for it. */
function named() {
  const clock = new SimClock()
  const scene = {
    clock,
    answer: [] as readonly ResolvedAddress[] | Error,
    asked: [] as string[],
    seen: [] as string[][],
    failures: [] as string[],
    async pass(ms: number) {
      clock.advance(ms)
      await settled()
    },
    stop: () => {},
  }
  const discovery = namedUpstreams({
    clock,
    input: { url: 'http://rgw.example.com:7480', zone: 'a' },
    async resolve(hostname) {
      scene.asked.push(hostname)
      if (scene.answer instanceof Error) throw scene.answer
      return scene.answer
    },
  })
  return {
    ...scene,
    scene,
    start() {
      scene.stop = discovery.watch({
        changed: (all) => scene.seen.push(all.map(({ name, host, zone }) => `${name} ${host} ${zone}`)),
        failed: (error) => scene.failures.push((error as Error).message),
      })
      return settled()
    },
  }
}

const address = (last: number, ttlMs: number) => ({ address: `10.0.0.${last}`, ttlMs })
const seenAs = (...last: number[]) => last.map((n) => `10.0.0.${n}:7480 rgw.example.com:7480 a`)

test('namedUpstreams: each address, asked for again when the shortest TTL is over', async () => {
  const { scene, start } = named()
  scene.answer = [address(2, 9_000), address(1, 5_000), address(2, 9_000)]
  await start()
  assert.deepEqual(scene.seen, [seenAs(1, 2)])
  scene.answer = [address(2, 5_000), address(1, 5_000)]
  await scene.pass(4_999)
  assert.equal(scene.asked.length, 1)
  await scene.pass(1)
  assert.equal(scene.asked.length, 2)
  assert.equal(scene.seen.length, 1, 'the same in another order is nothing new')
  scene.answer = [address(3, 0), address(1, 5_000)]
  await scene.pass(5_000)
  assert.deepEqual(scene.seen.at(-1), seenAs(1, 3))
  await scene.pass(1_000)
  assert.equal(scene.asked.length, 4, 'a TTL of 0 is taken for a second')
  scene.stop()
  await settled()
  assert.equal(scene.clock.step(), false)
})

test('namedUpstreams: when the name cannot be resolved, or has no address, what is known stays', async () => {
  const { scene, start } = named()
  scene.answer = new Error('SERVFAIL')
  await start()
  assert.deepEqual(scene.seen, [])
  scene.answer = [address(1, 999_000)]
  await scene.pass(5_000)
  scene.answer = []
  await scene.pass(60_000)
  assert.deepEqual(scene.seen, [seenAs(1)])
  assert.deepEqual(scene.failures, ['SERVFAIL', 'rgw.example.com has no address'])
  scene.stop()
})

test('namedUpstreams: an answer that comes too late is not told', async () => {
  const { scene, start } = named()
  scene.answer = [address(1, 1_000)]
  const started = start()
  scene.stop()
  await started
  assert.deepEqual(scene.seen, [])
})

test('resolveName: addresses stay, and the system knows this machine', async () => {
  assert.deepEqual(await resolveName('::1'), [{ address: '::1', ttlMs: 30_000 }])
  const known = await resolveName('localhost')
  assert.ok(known.some(({ address }) => address === '127.0.0.1' || address === '::1'))
})
