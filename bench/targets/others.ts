import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, isInstalled, ServerProcess, targetOf } from './server-process.ts'
import { credentials, host, type StartTarget } from './target.ts'

const { accessKeyId, secretKey } = credentials

interface Started {
  readonly args: readonly string[]
  readonly env?: Record<string, string>
  readonly readyPath: string
}

/** An S3 server that is on PATH, run as it comes on one folder. */
function otherServer(
  program: string,
  name: string,
  about: string,
  prepare: (folder: string, port: number) => Promise<Started>,
): StartTarget {
  return async (folder) => {
    if (!isInstalled(program)) return undefined
    const port = await freePort()
    mkdirSync(join(folder, 'data'))
    const { args, env = {}, readyPath } = await prepare(folder, port)
    const server = new ServerProcess(program, args, { logPath: join(folder, 'log'), env })
    await server.ready(`http://${host}:${port}${readyPath}`)
    const version =
      spawnSync(program, [program === 'weed' ? 'version' : '--version'], { encoding: 'utf8' }).stdout ?? ''
    return targetOf(server, {
      name,
      about: `${version.split('\n')[0]?.trim()}; ${about}`,
      port,
      credentials,
    })
  }
}

export const startMinio = otherServer('minio', 'minio', 'one drive', async (folder, port) => ({
  args: [
    'server',
    '--address',
    `${host}:${port}`,
    '--console-address',
    `${host}:${await freePort()}`,
    join(folder, 'data'),
  ],
  env: { MINIO_ROOT_USER: accessKeyId, MINIO_ROOT_PASSWORD: secretKey },
  readyPath: '/minio/health/live',
}))

export const startVersitygw = otherServer('versitygw', 'versitygw', 'posix, unsynced', async (folder, port) => ({
  args: [
    '--port',
    `${host}:${port}`,
    '--access',
    accessKeyId,
    '--secret',
    secretKey,
    '--keep-alive',
    'posix',
    join(folder, 'data'),
  ],
  readyPath: '/',
}))

export const startSeaweedfs = otherServer('weed', 'seaweedfs', 'one volume server, unsynced', async (folder, port) => {
  const identities = [
    {
      name: 'bench',
      credentials: [{ accessKey: accessKeyId, secretKey }],
      actions: ['Admin', 'Read', 'Write', 'List'],
    },
  ]
  const config = join(folder, 's3.json')
  writeFileSync(config, JSON.stringify({ identities }))
  const ports = [await freePort(), await freePort(), await freePort()]
  return {
    args: [
      ...['server', '-s3', `-ip=${host}`, `-dir=${join(folder, 'data')}`, `-s3.config=${config}`, `-s3.port=${port}`],
      ...[`-master.port=${ports[0]}`, `-volume.port=${ports[1]}`, `-filer.port=${ports[2]}`],
    ],
    readyPath: '/',
  }
})
