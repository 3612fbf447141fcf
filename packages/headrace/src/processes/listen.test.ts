import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { SimClock } from '../../sim/sim-clock.ts'
import { Connection } from '../../test/support/connection.ts'
import { until } from '../../test/support/waiting.ts'
import { drain, freePort, listen } from './listen.ts'

const host = '127.0.0.1'

/** A server whose replies wait for the test. */
async function slowServer() {
  const waiting: ServerResponse[] = []
  const server = createServer((request, response) => {
    if (request.url === '/slow') waiting.push(response)
    else response.end('at once')
  })
  const port = await listen(server, { host, port: 0 })
  return { server, port, waiting }
}

test('listen: port 0 takes a free one; a port that is taken is named, with a remedy', async (t) => {
  const { server, port } = await slowServer()
  t.after(() => server.close())
  assert.ok(port > 0)
  await assert.rejects(
    listen(createServer(), { host, port }),
    new RegExp(`^Error: Port ${port} on ${host} is taken by another program\\. .*--port or --admin-port\\.$`),
  )
  await assert.rejects(
    listen(createServer(), { host: '192.0.2.1', port: 0 }),
    /^Error: Cannot listen on 192\.0\.2\.1 port 0: /,
  )
})

test('freePort: gives a port that can be had', async () => {
  const server = createServer()
  const port = await freePort(host)
  assert.equal(await listen(server, { host, port }), port)
  server.close()
})

test('drain: what is under way is finished, idle connections are closed, and nobody new is taken', async () => {
  const clock = new SimClock()
  const { server, port, waiting } = await slowServer()
  const idle = new Connection(port)
  await idle.request({ target: '/' })
  const busy = new Connection(port)
  const answer = busy.request({ target: '/slow' })
  await until('it is under way', () => waiting.length === 1)
  const drained = drain(server, clock, 10_000)
  await idle.closed
  await assert.rejects(new Connection(port).request({ target: '/' }))
  assert.equal(busy.isClosed, false)
  waiting[0]?.end('late')
  assert.equal((await answer).status, 200)
  // It is idle now, and looked for from time to time.
  clock.step()
  await drained
  await busy.closed
  assert.equal(clock.monotonic(), 100)
})

test('drain: what takes too long is broken off', async () => {
  const clock = new SimClock()
  const { server, port, waiting } = await slowServer()
  const busy = new Connection(port)
  const answer = busy.request({ target: '/slow' })
  await until('it is under way', () => waiting.length === 1)
  const drained = drain(server, clock, 10_000)
  while (clock.monotonic() < 10_000) clock.step()
  await drained
  await assert.rejects(answer, /the connection was closed/)
})
