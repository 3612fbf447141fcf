import { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'
import { uriEncodePath } from '../target.ts'
import { escapeXml, tag } from '../xml/writer.ts'
import type { WireRequest } from './codec.ts'
import { readBucket, readCount } from './read.ts'

/**
 * Reads what the listings of a bucket have in common.
 * @throws S3Error InvalidArgument or InvalidBucketName
 */
export function readPage(request: WireRequest) {
  const { query } = request
  const encoding = query.get('encoding-type')
  if (encoding !== undefined && encoding !== '' && encoding !== 'url') {
    throw new S3Error('InvalidArgument', {
      message: 'Invalid Encoding Method specified in Request',
      details: { ArgumentName: 'encoding-type', ArgumentValue: encoding.slice(0, 256) },
    })
  }
  return {
    ...readBucket(request),
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(readCount(query, 'max-keys', { default: limits.pageKeysMax }), limits.pageKeysMax),
  }
}

/**
 * How names are written in a listing. AWS encodes blanks as plus signs; we write `%20`, which every client decodes,
 * those that know no plus signs included (docs/decisions/0006-url-encoded-listings.md).
 */
export function nameWriter({ query }: WireRequest): (name: string) => string {
  return query.get('encoding-type') === 'url' ? uriEncodePath : escapeXml
}

/** `<CommonPrefixes>`, one for each. */
export function commonPrefixTags(prefixes: readonly string[], write: (name: string) => string): string {
  return prefixes.map((prefix) => `<CommonPrefixes><Prefix>${write(prefix)}</Prefix></CommonPrefixes>`).join('')
}

/** `<EncodingType>`, if the request has one. */
export function encodingTag({ query }: WireRequest): string {
  return tag('EncodingType', query.get('encoding-type') || undefined)
}

/** An element that echoes a parameter, encoded like the names. */
export function echo(name: string, value: string | undefined, write: (name: string) => string): string {
  return value === undefined ? '' : `<${name}>${write(value)}</${name}>`
}
