import type { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'
import { plainXmlDocument, tag } from '../xml/writer.ts'
import type { Reply } from './codec.ts'
import { xmlHeaders } from './codec.ts'

/**
 * The reply of a failure. Its document has the form that SDKs read: `<Error>` as root, without namespace. Texts are
 * cut at `limits.errorTextCharactersMax`, so that no reply is much larger than what it answers.
 * @param resource the path that was asked for
 */
export function encodeError(error: S3Error, context: { requestId: string; resource: string; hasBody: boolean }): Reply {
  const headers = Object.entries(error.headers).flat()
  // A reply to HEAD has no body, and neither has 304 (RFC 9110, section 15.4.5).
  if (!context.hasBody || error.status === 304) return { status: error.status, headers }
  let content = tag('Code', error.code) + shortTag('Message', error.message)
  for (const [name, value] of Object.entries(error.details)) content += shortTag(elementName(name), value)
  content += shortTag('Resource', context.resource) + tag('RequestId', context.requestId) + tag('HostId', 'headrace')
  return { status: error.status, headers: [...xmlHeaders, ...headers], document: plainXmlDocument('Error', content) }
}

function shortTag(name: string, value: string): string {
  return tag(name, value.slice(0, limits.errorTextCharactersMax))
}

function elementName(name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) ? name : 'Detail'
}
