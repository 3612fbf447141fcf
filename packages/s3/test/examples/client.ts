// Asks an S3 server for one object, by a signed header and by a presigned URL: `node test/examples/client.ts [PORT]`.
import { request } from 'node:http'
import { type Credentials, presign, signRequest } from '@headrace/s3'

const port = process.argv[2] ?? '9000'
const credentials: Credentials = { accessKeyId: 'AKIAEXAMPLE', secretKey: 'a secret' }
const options = { credentials, region: 'us-east-1', nowMs: Date.now() }
const get = { method: 'GET', target: '/photos/hello.txt', headers: ['Host', `localhost:${port}`] }

function send(path: string, headers: readonly string[]): void {
  request({ port, path, headers }, (response) => {
    response.setEncoding('utf8').on('data', (text: string) => console.log(response.statusCode, text.trim()))
  }).end()
}

const { headers } = signRequest({ ...get, headers: [...get.headers, 'Range', 'bytes=0-4'] }, options)
send(get.target, headers)
send(presign(get, { ...options, expiresSeconds: 60 }), get.headers)
