import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, isInstalled, ServerProcess } from '../../targets/server-process.ts'
import { host } from '../../targets/target.ts'
import { type StartProxy, versionOf } from './proxy.ts'

/** As it is mostly set up in front of S3: nothing kept on disk, connections kept, the next upstream when one fails. */
export const startNginxProxy: StartProxy = async (folder, { endpoints, credentials }) => {
  if (!isInstalled('nginx')) return undefined
  const port = await freePort()
  mkdirSync(join(folder, 'temporary'))
  const configuration = join(folder, 'nginx.conf')
  writeFileSync(configuration, configurationOf(folder, port, endpoints))
  const server = new ServerProcess('nginx', ['-c', configuration], { logPath: join(folder, 'log') })
  await server.ready(`http://${host}:${port}/`)
  return {
    name: 'nginx',
    about: `${versionOf('nginx', ['-v'])}, 2 workers: a plain reverse proxy that keeps connections and buffers no body on disk`,
    endpoint: { host, port, credentials },
    processIds: () => server.processIds(),
    stop: () => server.stop(),
  }
}

function configurationOf(folder: string, port: number, endpoints: readonly string[]): string {
  return `
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 2;
daemon off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_max_body_size 0;
  client_body_temp_path ${folder}/temporary;
  proxy_temp_path ${folder}/temporary;
  upstream upstreams {
    least_conn;
    ${endpoints.map((url) => `server ${new URL(url).host} max_fails=3 fail_timeout=2s;`).join('\n    ')}
    keepalive 128;
    keepalive_requests 1000000000;
  }
  server {
    listen ${host}:${port};
    location / {
      proxy_pass http://upstreams;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_request_buffering off;
      proxy_max_temp_file_size 0;
      proxy_connect_timeout 2s;
      proxy_next_upstream error timeout http_502 http_503 http_504;
    }
  }
}
`
}
