import assert from 'node:assert/strict'
import { once } from 'node:events'
import { utimesSync, writeFileSync } from 'node:fs'
import type { Server as TlsServer } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { SimClock } from '../../sim/sim-clock.ts'
import { runtime, type Test, temporaryFolder } from '../../test/open-store.ts'
import { certificateOne, certificateTwo, type TestCertificate } from '../../test/support/certificates.ts'
import { Connection } from '../../test/support/connection.ts'
import { recordEvents } from '../../test/support/events.ts'
import { startFront } from '../../test/support/front.ts'
import { alice } from '../../test/support/requests.ts'
import { followTlsFiles, readTlsFiles } from './tls-files.ts'

/** Certificate and key in files; every change gets another time than the one before. */
async function tlsFiles(t: Test, first: TestCertificate) {
  const folder = await temporaryFolder(t)
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  let changes = 0
  const write = (path: string, text: string) => {
    changes += 1
    writeFileSync(path, text)
    utimesSync(path, 0, changes)
  }
  const replace = ({ cert, key }: Partial<TestCertificate>) => {
    if (cert !== undefined) write(files.cert, cert)
    if (key !== undefined) write(files.key, key)
  }
  replace(first)
  return { files, replace }
}

/** A front that serves HTTPS and follows its files, checked every two seconds. */
async function startTlsFront(t: Test) {
  const { files, replace } = await tlsFiles(t, certificateOne)
  const { server, port } = await startFront(t, { tls: readTlsFiles(files) })
  const clock = new SimClock()
  const events = recordEvents()
  followTlsFiles(server as TlsServer, files, { ...runtime, clock, events })
  const open = async () => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const connection = new Connection(port, socket)
    t.after(async () => connection.destroy())
    return { name: socket.getPeerCertificate().subject.CN, connection }
  }
  return { open, events, replace, check: () => clock.advance(2_000) }
}

test('tls: serves HTTPS', async (t) => {
  const { open } = await startTlsFront(t)
  const { name, connection } = await open()
  assert.equal(name, 'one')
  assert.equal((await connection.request({ method: 'PUT', target: '/bucket', as: alice })).status, 200)
  assert.equal((await connection.request({ target: '/', as: alice })).status, 200)
})

test('tls: new connections have a new certificate, and those that are there go on', async (t) => {
  const { open, events, replace, check } = await startTlsFront(t)
  const before = await open()
  check()
  assert.deepEqual(events.lines, [], 'nothing has changed yet')
  replace(certificateTwo)
  assert.equal((await open()).name, 'one')
  check()
  assert.equal((await open()).name, 'two')
  assert.equal((await before.connection.request({ target: '/', as: alice })).status, 200)
  assert.deepEqual(
    events.lines.map(({ level }) => level),
    ['info'],
  )
})

test('tls: a pair that does not fit, or is none, changes nothing, and is said once', async (t) => {
  const { open, events, replace, check } = await startTlsFront(t)
  const halves = [{ cert: certificateTwo.cert }, { cert: certificateOne.cert, key: '' }]
  for (const broken of [...halves, { key: certificateOne.key, cert: 'no certificate' }, { cert: '' }]) {
    replace(broken)
    check()
    check()
    assert.equal((await open()).name, 'one')
  }
  assert.deepEqual(
    events.lines.map(({ level }) => level),
    ['error', 'error', 'error', 'error'],
  )
  replace(certificateTwo)
  check()
  assert.equal((await open()).name, 'two')
})

test('readTlsFiles: names the files that cannot be used', async (t) => {
  const { files, replace } = await tlsFiles(t, certificateOne)
  assert.deepEqual(readTlsFiles(files), certificateOne)
  replace({ key: certificateTwo.key })
  const named = new RegExp(`^Error: The certificate ${files.cert} and the key ${files.key} cannot be used: .*mismatch`)
  assert.throws(() => readTlsFiles(files), named)
  assert.throws(() => readTlsFiles({ ...files, key: '/missing.pem' }), /ENOENT.*\/missing\.pem/)
})
