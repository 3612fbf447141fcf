import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, isInstalled, ServerProcess } from '../../targets/server-process.ts'
import { host } from '../../targets/target.ts'
import { type StartProxy, versionOf } from './proxy.ts'

/** Set up as well as it can be for S3: checks, retries of all that it retries, least connections, kept connections. */
export const startHaproxy: StartProxy = async (folder, { endpoints, credentials, checkPath = '/' }) => {
  if (!isInstalled('haproxy')) return undefined
  const port = await freePort()
  const configuration = join(folder, 'haproxy.cfg')
  writeFileSync(configuration, configurationOf(port, endpoints, checkPath))
  const server = new ServerProcess('haproxy', ['-db', '-f', configuration], { logPath: join(folder, 'log') })
  await server.ready(`http://${host}:${port}${checkPath}`)
  return {
    name: 'HAProxy',
    about: `${versionOf('haproxy', ['-v'])}, 2 threads: least connections, checks, three retries, elsewhere if need be`,
    endpoint: { host, port, credentials },
    processIds: () => server.processIds(),
    stop: () => server.stop(),
  }
}

function configurationOf(port: number, endpoints: readonly string[], checkPath: string): string {
  const servers = endpoints.map((url, index) => `  server r${index + 1} ${new URL(url).host}`)
  return `global
  maxconn 4000
  nbthread 2
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout queue 10s
  retries 3
  option redispatch 1
  retry-on all-retryable-errors
  http-reuse always
frontend clients
  bind ${host}:${port}
  default_backend upstreams
backend upstreams
  balance leastconn
  option httpchk GET ${checkPath}
  default-server check inter 500ms fall 2 rise 2 observe layer4 error-limit 3 on-error mark-down
${servers.join('\n')}
`
}
