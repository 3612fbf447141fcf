import assert from 'node:assert/strict'
import { test } from 'node:test'
import { upstreamLimits } from '../limits.ts'
import { idleTimeoutOf, keepsAlive } from './keep-alive.ts'
import { parseReplyHead } from './reply-head.ts'

const parse = (...lines: string[]) => parseReplyHead(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`))

test('keep-alive: connections are kept unless the reply says otherwise', () => {
  assert.equal(keepsAlive(parse('HTTP/1.1 200 OK')), true)
  assert.equal(keepsAlive(parse('HTTP/1.1 200 OK', 'connection: Keep-Alive')), true)
  assert.equal(keepsAlive(parse('HTTP/1.1 200 OK', 'connection: Close')), false)
  assert.equal(keepsAlive(parse('HTTP/1.1 200 OK', 'connection: x, close')), false)
  assert.equal(keepsAlive(parse('HTTP/1.1 200 OK', 'connection: closed')), true)
})

test('keep-alive: HTTP/1.0 has to ask for it', () => {
  assert.equal(keepsAlive(parse('HTTP/1.0 200 OK')), false)
  assert.equal(keepsAlive(parse('HTTP/1.0 200 OK', 'connection: keep-alive')), true)
})

test('keep-alive: an announced time ends before it is over', () => {
  const idle = (value: string) => idleTimeoutOf(parse('HTTP/1.1 200 OK', `keep-alive: ${value}`), upstreamLimits)
  assert.equal(idle('timeout=5'), 4_000)
  assert.equal(idle('max=100, timeout=20'), 19_000)
  assert.equal(idle('timeout=0'), 0)
  assert.equal(idle('timeout=86400'), upstreamLimits.announcedIdleTimeoutMsMax)
  for (const value of ['timeout=x', 'timeout=5x', 'xtimeout=5', 'max=5', '']) {
    assert.equal(idle(value), upstreamLimits.idleTimeoutMs)
  }
  assert.equal(idleTimeoutOf(parse('HTTP/1.1 200 OK'), upstreamLimits), upstreamLimits.idleTimeoutMs)
})
