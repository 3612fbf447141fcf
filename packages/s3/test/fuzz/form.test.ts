// Forms in pieces of all sizes: fields, signature, policy, key and headers.
import { createHmac } from 'node:crypto'
import {
  authenticateForm,
  codecs,
  FormReader,
  type FormStart,
  formBoundary,
  formHeaders,
  formKey,
  parsePostPolicy,
  requirePolicy,
} from '../../src/index.ts'
import { bodyOfSize, wireRequest } from '../wire-request.ts'
import { fuzz } from './fuzz.ts'

const nowMs = Date.UTC(2026, 10, 21)
const policy = Buffer.from(
  JSON.stringify({
    expiration: '2027-01-01T00:00:00Z',
    conditions: [{ bucket: 'photos' }, ['starts-with', '$key', ''], ['starts-with', '$tagging', '']],
  }),
).toString('base64')
const signature = createHmac('sha1', 'secret').update(policy).digest('base64')

function form(fields: Record<string, string>): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return `9${parts.join('')}--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ncontent\r\n--b--\r\n`
}

fuzz({
  name: 'form uploads',
  seeds: [
    form({ key: 'a/$' + '{filename}', acl: 'private', 'content-type': 'text/plain', 'x-amz-meta-a': 'b' }),
    form({ key: 'a', awsaccesskeyid: 'AKIA', policy, signature, tagging: '<Tagging><TagSet></TagSet></Tagging>' }),
  ],
  dictionary: [
    ...[
      '\r\n',
      '\r\n\r\n',
      '--b',
      '\r\n--b',
      '--b--',
      '--',
      'Content-Disposition: form-data; ',
      'name="',
      '; filename="',
      '"',
      '\\',
      ';',
    ],
    ...[
      'key',
      'policy',
      'signature',
      'x-amz-signature',
      'x-amz-meta-',
      'x-amz-meta-__proto__',
      'tagging',
      'file',
      '__proto__',
      '$&',
    ],
    ...['multipart/form-data; boundary=', '\x00', '\xff', '\xc3\xa9', ' ', '\t'],
  ],
  run(input) {
    const pieceBytes = Math.max(1, input[0] ?? 1)
    const reader = new FormReader('b')
    let start: FormStart | undefined
    for (let at = 1; at < input.length; at += pieceBytes) {
      const piece = input.subarray(at, at + pieceBytes)
      if (start === undefined) start = reader.readFields(piece)
      else reader.readFile(piece, { write: () => undefined })
    }
    reader.finish()
    if (start === undefined) throw new Error('a form without a start came to its end')
    authenticateForm(start.fields, { nowMs, secretOf: () => 'secret' })
    const key = formKey(start)
    const encoded = start.fields.get('policy')
    if (encoded !== undefined) {
      requirePolicy(parsePostPolicy(encoded), new Map([...start.fields, ['bucket', 'photos'], ['key', key]]), nowMs)
    }
    codecs.putObject.decode({ ...wireRequest({ key, body: bodyOfSize(1) }), headers: formHeaders(start) })
  },
})

fuzz({
  name: 'content types of forms',
  seeds: ['multipart/form-data; boundary=abc', 'multipart/form-data; charset=utf-8; boundary="a b"; x=y'],
  dictionary: ['boundary=', '"', ';', ' ', 'multipart/form-data', '; boundary="', '\n'],
  run: (input) => void formBoundary(input.toString('latin1')),
})
