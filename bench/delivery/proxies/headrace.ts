import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, ServerProcess } from '../../targets/server-process.ts'
import { host } from '../../targets/target.ts'
import type { StartProxy } from './proxy.ts'

const root = fileURLToPath(new URL('../../../packages/headrace/', import.meta.url))

/** As it comes: signatures verified and made anew, the access log written. */
export const startHeadraceProxy: StartProxy = async (folder, { endpoints, credentials }) => {
  const [port, adminPort] = [await freePort(), await freePort()]
  const state = join(folder, 'state')
  mkdirSync(state)
  const args = [join(root, 'bin/headrace.js'), 'serve', '--upstream', ...endpoints, '--state', state, '--workers', '2']
  const ports = ['--port', String(port), '--admin-port', String(adminPort), '--log-level', 'warn']
  const { accessKeyId, secretKey } = credentials
  const server = new ServerProcess(process.execPath, [...args, ...ports], {
    logPath: join(folder, 'log'),
    env: {
      HEADRACE_ACCESS_KEY: accessKeyId,
      HEADRACE_SECRET_KEY: secretKey,
      HEADRACE_UPSTREAM_ACCESS_KEY: accessKeyId,
      HEADRACE_UPSTREAM_SECRET_KEY: secretKey,
    },
  })
  await server.ready(`http://${host}:${port}/-/ready`)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return {
    name: 'Headrace',
    about: `${version}, 2 gateways, as it comes: signatures verified and made anew, access log written`,
    endpoint: { host, port, credentials },
    processIds: () => server.processIds(),
    async metric(name, labels = '') {
      const reply = await fetch(`http://${host}:${adminPort}/metrics`)
      return sumOf(await reply.text(), name, labels)
    },
    stop: () => server.stop(),
  }
}

function sumOf(text: string, name: string, labels: string): number {
  return text
    .split('\n')
    .filter((line) => (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}
