import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { certificateOne, certificateTwo } from '../../../test/support/certificates.ts'
import { startScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import { settled } from '../../../test/support/waiting.ts'
import { assertFault, openClient } from '../../../test/upstream/open-client.ts'

const large = Buffer.from(Array.from({ length: 2_000_000 }, (_, index) => (index * 7 + (index >> 8)) % 251))
const trusted = { ca: certificateOne.cert }

test('TLS: bodies both ways, to quick sinks and slow ones', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: large }], { tls: certificateOne })
  const client = openClient(t, upstream.port, { tls: trusted })
  const headers = ['host', 'h', 'content-length', String(large.length)]
  const reply = await client.send({ method: 'PUT', headers, body: large })
  assert.ok((await reply.collect(large.length)).equals(large))
  assert.ok(upstream.requests[0]?.body.equals(large))
  let at = 0
  await (await client.send()).readInto({
    async write(chunk) {
      await settled()
      assert.ok(large.subarray(at, at + chunk.length).equals(chunk), `different at ${at}`)
      at += chunk.length
    },
  })
  assert.equal(at, large.length)
  assert.equal(upstream.accepted, 1)
})

test('TLS: an upstream that cannot be trusted is not sent anything', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok' }], { tls: certificateTwo })
  const error = await assertFault(openClient(t, upstream.port, { tls: trusted }).send(), 'connect', /self-signed/)
  assert.equal(error.wasSent, false)
  const other = openClient(t, upstream.port, { tls: { ca: certificateTwo.cert, serverName: 'elsewhere' } })
  await assertFault(other.send(), 'connect', /elsewhere/)
  assert.equal(upstream.requests.length, 0)
  const careless = openClient(t, upstream.port, { tls: { verify: false } })
  assert.equal(await careless.text(), 'ok')
})

test('TLS: names are sent, addresses are not', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok' }], { tls: certificateOne })
  const names: unknown[] = []
  upstream.script = ({ connection }) => {
    names.push(([...upstream.open][connection] as TLSSocket | undefined)?.servername)
    return { body: 'ok' }
  }
  await openClient(t, upstream.port, { tls: trusted }).text()
  await openClient(t, upstream.port, { tls: { ...trusted, serverName: 'localhost' } }).text()
  assert.deepEqual(names, [false, 'localhost'])
})

test('TLS: a session is used again by the next connection', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok', headers: ['connection', 'close'] }], {
    tls: certificateOne,
  })
  const isReused: unknown[] = []
  upstream.script = () => {
    isReused.push(([...upstream.open].at(-1) as TLSSocket).isSessionReused())
    return { body: 'ok', ending: 'close', headers: ['connection', 'close'] }
  }
  const client = openClient(t, upstream.port, { tls: trusted })
  await client.text()
  await client.text()
  assert.deepEqual(isReused, [false, true])
})

test('TLS: an upstream without it', async (t) => {
  const upstream = await startScriptedUpstream(t)
  const client = openClient(t, upstream.port, { tls: trusted })
  const sent = client.send()
  sent.catch(() => {})
  while (upstream.open.size === 0) await settled()
  upstream.blurt('HTTP/1.1 400 Bad Request\r\n\r\n')
  await assertFault(sent, 'connect')
})
