import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { Server as TlsServer } from 'node:https'
import { createSecureContext } from 'node:tls'
import type { Runtime } from '../core/runtime.ts'

const checkMs = 2_000

export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** @throws Error naming the file that cannot be used */
export function readTlsFiles({ cert, key }: TlsFiles): { cert: string; key: string } {
  const texts = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
  try {
    // An empty file, such as one that is being written, would pass for none wanted; then no client could connect.
    new X509Certificate(texts.cert)
    createPrivateKey(texts.key)
    createSecureContext(texts)
  } catch (error) {
    throw new Error(`The certificate ${cert} and the key ${key} cannot be used: ${(error as Error).message}`)
  }
  return texts
}

/** Takes certificate and key over when their files change. New connections use them; a broken pair changes nothing. */
export function followTlsFiles(server: TlsServer, files: TlsFiles, { clock, events }: Runtime): void {
  const stampOf = () => [files.cert, files.key].map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs).join()
  let stamp = stampOf()
  clock.every(checkMs, () => {
    const now = stampOf()
    if (now === stamp) return
    stamp = now
    try {
      server.setSecureContext(readTlsFiles(files))
      events.log.info({ ...files }, 'the certificate was read again')
    } catch (error) {
      events.log.error({ err: error }, 'the new certificate cannot be used; the old one stays')
    }
  })
}
