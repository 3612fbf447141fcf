import { join } from 'node:path'
import { run } from './program.ts'

export interface Certificate {
  /** Paths of PEM files. */
  readonly cert: string
  readonly key: string
}

/** Makes a certificate for this machine that its holder has signed itself. */
export async function makeCertificate(folder: string, name = 'server'): Promise<Certificate> {
  const cert = join(folder, `${name}.crt`)
  const key = join(folder, `${name}.key`)
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert]
  const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  await run('openssl', [...request, ...names])
  return { cert, key }
}
