// An S3 server of one object: `node test/examples/server.ts [PORT]`.
import { hash } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import {
  authenticate,
  codecs,
  effectiveHeaders,
  encodeError,
  Headers,
  matchOperation,
  matchResource,
  parseTarget,
  type Reply,
  S3Error,
  selectRange,
} from '@headrace/s3'

const secrets = new Map([['AKIAEXAMPLE', 'a secret']])
const content = Buffer.from('Hello from the other half.\n')
const info = {
  sizeBytes: content.length,
  etag: hash('md5', content),
  lastModifiedMs: Date.UTC(2026, 10, 21),
  content: { contentType: 'text/plain' },
  metadata: {},
  storageClass: 'STANDARD',
  tagCount: 0,
}

function getObject({ method = '', url = '/', rawHeaders }: IncomingMessage): { reply: Reply; bytes: Buffer } {
  const target = parseTarget(url)
  const sent = new Headers(rawHeaders)
  const headers = effectiveHeaders(target.query, sent)
  const host = sent.get('host') ?? ''
  const { scope, bucket, key, isHosted } = matchResource(host, target.rawPath, ['s3.localhost'])
  const { operation } = matchOperation(method, scope, target, headers)
  const options = { nowMs: Date.now(), secretOf: (accessKeyId: string) => secrets.get(accessKeyId) }
  // Signatures are about the headers as they were sent; all else is about what they mean.
  const signed = { method, target, headers: sent, hostedBucket: isHosted ? bucket : undefined }
  const { accessKeyId } = authenticate(signed, options)
  if (accessKeyId === undefined) throw new S3Error('AccessDenied')
  if (operation !== 'getObject') throw new S3Error('NotImplemented')

  const document = new Uint8Array(0)
  const origin = `http://${host}`
  const request = { bucket, key, isHosted, query: target.query, headers, document, body: undefined, origin }
  const input = codecs.getObject.decode(request)
  if (input.key !== 'hello.txt') throw new S3Error('NoSuchKey', { details: { Key: input.key } })
  const selection = input.range && selectRange(input.range, content.length)
  const bytes = selection ? content.subarray(selection.first, selection.last + 1) : content
  const opened = { info, ...(selection && { selection }), readInto: async () => {}, close: async () => {} }
  return { reply: codecs.getObject.encode(opened, request), bytes }
}

const server = createServer((request, response) => {
  try {
    const { reply, bytes } = getObject(request)
    response.writeHead(reply.status, reply.headers).end(bytes)
  } catch (error) {
    const expected = error instanceof S3Error ? error : new S3Error('InternalError', { cause: error })
    const context = { requestId: '1', resource: request.url ?? '/', hasBody: request.method !== 'HEAD' }
    const { status, headers, document } = encodeError(expected, context)
    response.writeHead(status, headers).end(document)
  }
})
server.listen(Number(process.argv[2] ?? 9000), () => {
  console.log(server.address())
})
