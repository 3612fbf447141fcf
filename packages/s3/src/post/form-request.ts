import { type Reply, xmlHeaders } from '../codec/codec.ts'
import { readTagSet } from '../codec/tagging.ts'
import { S3Error } from '../errors/s3-error.ts'
import { Headers, headerBytes, isSendableHeader } from '../headers.ts'
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
  // A function, because a replacement that is text gives a meaning to the dollar signs of the filename.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the placeholder that S3 has
  return key.replaceAll('${filename}', () => filename)
}

const fieldsOfHeaders =
  /^(cache-control|content-(disposition|encoding|language|type)|expires|x-amz-(?!signature|credential|date|algorithm|security-token).*)$/s

/**
 * The fields of a form that mean what a header of a PUT means, as headers.
 * @throws S3Error MalformedPOSTRequest for a field that no header could be; MalformedXML or InvalidTag for its tags
 */
export function formHeaders({ fields }: FormStart): Headers {
  const raw: string[] = []
  for (const [name, value] of fields) {
    if (fieldsOfHeaders.test(name)) raw.push(name, headerBytes(value))
    else if (name === 'acl') raw.push('x-amz-acl', headerBytes(value))
    else if (name === 'tagging') raw.push('x-amz-tagging', taggingHeader(value))
  }
  for (let index = 0; index < raw.length; index += 2) {
    if (isSendableHeader(raw[index] as string, raw[index + 1] as string)) continue
    throw new S3Error('MalformedPOSTRequest', 'A field that stands for a header holds what no header can.')
  }
  return new Headers(raw)
}

function taggingHeader(document: string): string {
  return new URLSearchParams(readTagSet(Buffer.from(document)).map(({ key, value }) => [key, value])).toString()
}

/**
 * What a browser is answered: a redirect, a document, or nothing, as the form asked.
 * @param place bucket and key that were written, and their URL, percent-encoded
 */
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
