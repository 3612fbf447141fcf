import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, isInstalled, ServerProcess, targetOf } from './server-process.ts'
import { host, type StartTarget } from './target.ts'

/** Plain files, sent from the kernel; writes by its dav module, unsynced. Requests are not signed. */
export const startNginx: StartTarget = async (folder) => {
  if (!isInstalled('nginx')) return undefined
  const port = await freePort()
  for (const name of ['www', 'temporary']) mkdirSync(join(folder, name))
  const configuration = join(folder, 'nginx.conf')
  writeFileSync(configuration, configurationOf(folder, port))
  const server = new ServerProcess('nginx', ['-c', configuration], { logPath: join(folder, 'log') })
  await server.ready(`http://${host}:${port}/`)
  const version = spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr.trim().replace(/^.*\//, '')
  return targetOf(server, {
    name: 'nginx',
    about: `${version}, 2 workers: static files by sendfile, writes by dav, nothing signed, synced or checked`,
    port,
    credentials: undefined,
    serves: (row) => row.operation !== 'list',
  })
}

function configurationOf(folder: string, port: number): string {
  return `
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 2;
daemon off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  client_body_temp_path ${folder}/temporary;
  open_file_cache max=10000;
  server {
    listen ${host}:${port};
    root ${folder}/www;
    location / { dav_methods PUT; create_full_put_path on; }
  }
}
`
}
