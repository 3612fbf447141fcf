import assert from 'node:assert/strict'
import { copyFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import tls from 'node:tls'
import { needs } from '../needs.ts'
import { startServer } from '../server.ts'
import { type Certificate, makeCertificate } from '../support/certificate.ts'
import { Connection } from '../support/connection.ts'
import type { Endpoint } from '../support/endpoint.ts'
import { createBucket, getObject, pathOf, putObject, request, signedHead } from '../support/requests.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/wait.ts'

/** Files that changed are read again within this time, by every process. */
const takeOverMs = 30_000
/** So many connections reach every process, as good as surely. */
const connectionCount = 20

/** The common names of the certificates that connections of now are shown. */
async function namesShown({ host, port }: Endpoint): Promise<string[]> {
  const names = Array.from({ length: connectionCount }, async () => {
    const socket = tls.connect({ host, port, rejectUnauthorized: false })
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    const { subject } = socket.getPeerCertificate()
    socket.destroy()
    return String(subject.CN)
  })
  return [...new Set(await Promise.all(names))].sort()
}

function put(certificate: Certificate, { cert, key }: Certificate): void {
  copyFileSync(certificate.key, key)
  copyFileSync(certificate.cert, cert)
}

test(
  'a certificate is taken over when its files change, and a broken one is not',
  needs('ownServer', 'openssl'),
  async () => {
    const folder = temporaryFolder()
    const [used, first, second, third] = [
      await makeCertificate(folder, 'used'),
      await makeCertificate(folder, 'first'),
      await makeCertificate(folder, 'second'),
      await makeCertificate(folder, 'third'),
    ]
    put(first, used)
    const server = await startServer({ tls: used })
    assert.deepEqual(await namesShown(server), ['first'])
    await createBucket({ ...server, certificate: first.cert }, 'tls')
    const before = await Connection.open({ ...server, certificate: first.cert })

    put(second, used)
    await until('the second is shown', takeOverMs, async () => (await namesShown(server)).join() === 'second')
    const later = { ...server, certificate: second.cert }
    assert.equal((await putObject(later, 'tls', 'k', 'body')).status, 200)
    // Who is connected stays connected.
    await before.send(signedHead(server, { method: 'GET', path: pathOf('tls', 'k') }).head)
    assert.equal((await before.reply()).body.toString(), 'body')
    before.destroy()
    // Who trusts the old one alone does not talk to the new one.
    await assert.rejects(request({ ...server, certificate: first.cert }, { method: 'GET', path: '/' }), /certificate/)

    writeFileSync(used.cert, 'no certificate')
    await until('the broken one was looked at', takeOverMs, () => /the old one stays/.test(server.own.process.log))
    assert.deepEqual(await namesShown(server), ['second'])
    assert.equal((await getObject(later, 'tls', 'k')).body.toString(), 'body')

    put(third, used)
    await until('the third is shown', takeOverMs, async () => (await namesShown(server)).join() === 'third')
    assert.deepEqual(await server.own.process.stop(), { code: 0, signal: null })
  },
)
