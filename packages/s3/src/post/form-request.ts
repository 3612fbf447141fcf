import { type Reply, xmlHeaders } from '../codec/codec.ts'
import { readTagSet } from '../codec/tagging.ts'
import { S3Error } from '../errors/s3-error.ts'
import { Headers } from '../headers.ts'
import type { PutObjectOutput } from '../operations/objects.ts'
import { plainXmlDocument, tag } from '../xml/writer.ts'
import type { FormStart } from './form-reader.ts'

/**
 * The key that a form names; `${filename}` stands for the name of the file.
 * @throws S3Error UserKeyMustBeSpecified
 */
export function formKey({ fields, filename }: FormStart): string {
  const key = fields.get('key')
  if (key === undefined || key === '') throw new S3Error('UserKeyMustBeSpecified')
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the placeholder that S3 has
  return key.replaceAll('${filename}', filename)
}

const fieldsOfHeaders =
  /^(cache-control|content-(disposition|encoding|language|type)|expires|x-amz-(?!signature|credential|date|algorithm|security-token).*)$/

/** The fields of a form that mean what a header of a PUT means, as headers. */
export function formHeaders({ fields }: FormStart): Headers {
  const raw: string[] = []
  for (const [name, value] of fields) {
    const bytes = Buffer.from(value.trim(), 'utf8').toString('latin1')
    if (fieldsOfHeaders.test(name)) raw.push(name, bytes)
    else if (name === 'acl') raw.push('x-amz-acl', bytes)
    else if (name === 'tagging') raw.push('x-amz-tagging', taggingHeader(value))
  }
  for (const value of raw) {
    if (/[\r\n\0]/.test(value))
      throw new S3Error('MalformedPOSTRequest', 'A field that stands for a header holds a line end.')
  }
  return new Headers(raw)
}

function taggingHeader(document: string): string {
  return new URLSearchParams(readTagSet(Buffer.from(document)).map(({ key, value }) => [key, value])).toString()
}

/** What a browser is answered: a redirect, a document, or nothing, as the form asked. */
export function encodeFormReply(
  output: PutObjectOutput,
  start: FormStart,
  place: { bucket: string; key: string; location: string },
): Reply {
  const { bucket, key, location } = place
  const etag = `"${output.etag}"`
  const headers = ['etag', etag, 'location', location]
  const redirect = start.fields.get('success_action_redirect') ?? start.fields.get('redirect')
  if (redirect !== undefined && URL.canParse(redirect) && /^https?:/i.test(redirect)) {
    const target = new URL(redirect)
    const query = `bucket=${encodeURIComponent(bucket)}&key=${encodeURIComponent(key)}&etag=${encodeURIComponent(etag)}`
    target.search = target.search === '' ? query : `${target.search}&${query}`
    return { status: 303, headers: ['etag', etag, 'location', target.href, 'content-length', '0'] }
  }
  const status = start.fields.get('success_action_status')
  if (status === '201') {
    const content = tag('Location', location) + tag('Bucket', bucket) + tag('Key', key) + tag('ETag', etag)
    return { status: 201, headers: [...xmlHeaders, ...headers], document: plainXmlDocument('PostResponse', content) }
  }
  return status === '200' ? { status: 200, headers: [...headers, 'content-length', '0'] } : { status: 204, headers }
}
