import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configuration, daemonCommand } from './configuration.ts'

const settings = { fsid: 'f', monPort: 1, osdCount: 2, rgwPorts: [7, 8], tcpNodelay: true }

test('configuration: each daemon has its place, each RGW node its port', () => {
  const text = configuration('/d', settings)
  assert.match(text, /^mon host = v1:127\.0\.0\.1:1$/m)
  assert.match(text, /^\[osd\.1\]\ncrush location = host=host1 root=default$/m)
  assert.match(text, /^\[client\.rgw\.2\]\nrgw frontends = beast endpoint=127\.0\.0\.1:8 tcp_nodelay=1$/m)
  assert.doesNotMatch(text, /undefined/)
  assert.doesNotMatch(configuration('/d', { ...settings, tcpNodelay: false }), /nodelay/)
})

test('daemonCommand: the program of each kind', () => {
  assert.deepEqual(daemonCommand('/c', 'osd.1'), {
    program: 'ceph-osd',
    args: ['-c', '/c', '-f', '--no-mon-config', '-i', '1'],
  })
  assert.deepEqual(daemonCommand('/c', 'rgw.2').args.slice(-2), ['-n', 'client.rgw.2'])
})
