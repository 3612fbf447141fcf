import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, ServerProcess, targetOf } from './server-process.ts'
import { credentials, host, type StartTarget } from './target.ts'

const root = fileURLToPath(new URL('../../packages/headrace/', import.meta.url))

export const startHeadrace: StartTarget = async (folder) => {
  const port = await freePort()
  const args = [join(root, 'bin/headrace.js'), 'serve', '--data', join(folder, 'data'), '--port', String(port)]
  const server = new ServerProcess(process.execPath, [...args, '--admin-port', '0'], {
    logPath: join(folder, 'log'),
    env: { HEADRACE_ACCESS_KEY: credentials.accessKeyId, HEADRACE_SECRET_KEY: credentials.secretKey },
  })
  await server.ready(`http://${host}:${port}/-/ready`)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return targetOf(server, {
    name: 'headrace',
    about: `${version}, as it comes: every write synced, every block checked`,
    port,
    credentials,
  })
}
