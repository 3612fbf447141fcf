import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, ServerProcess, targetOf } from './server-process.ts'
import { credentials, host, type StartTarget } from './target.ts'

const root = fileURLToPath(new URL('../../packages/headrace/', import.meta.url))

export const startHeadrace: StartTarget = (folder) =>
  start(folder, { name: 'headrace', data: 'data', drives: 'one drive' })

/** A store on six drives, which are folders of one disk. */
export const startHeadraceOnSix: StartTarget = (folder) =>
  start(folder, { name: 'headrace-4+2', data: 'd{1...6}', drives: 'six drives, 4+2 and three copies of what is small' })

async function start(
  folder: string,
  { name, data, drives }: { name: string; data: string; drives: string },
): ReturnType<StartTarget> {
  const port = await freePort()
  const args = [join(root, 'bin/headrace.js'), 'serve', '--data', join(folder, data), '--port', String(port)]
  const server = new ServerProcess(process.execPath, [...args, '--admin-port', '0'], {
    logPath: join(folder, 'log'),
    env: { HEADRACE_ACCESS_KEY: credentials.accessKeyId, HEADRACE_SECRET_KEY: credentials.secretKey },
  })
  await server.ready(`http://${host}:${port}/-/ready`)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return targetOf(server, {
    name,
    about: `${version}, ${drives}, as it comes: every write synced, every block checked`,
    port,
    credentials,
  })
}
