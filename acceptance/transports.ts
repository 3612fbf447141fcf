import { type TestContext, test } from 'node:test'
import { needs, type Program } from './needs.ts'
import { type Server, useServer } from './server.ts'
import type { Endpoint } from './support/endpoint.ts'

export type Transport = 'http' | 'https'

/** Makes names that differ, so that the tests of both transports can run against one server. */
export function transportOf({ certificate }: Endpoint): Transport {
  return certificate === undefined ? 'http' : 'https'
}

/** Tests a client over HTTP and over HTTPS, each against a server of its own; skipped where programs are missing. */
export async function overHttpAndHttps(
  client: string,
  programs: readonly Program[],
  body: (t: TestContext, server: Server) => Promise<void>,
): Promise<void> {
  const options = needs('openssl', ...programs)
  if (options.skip !== undefined) {
    test(client, options)
    return
  }
  const plain = await useServer()
  const secure = await useServer({ tls: true })
  test(`${client} over HTTP`, (t) => body(t, plain))
  test(`${client} over HTTPS`, (t) => body(t, secure))
}
