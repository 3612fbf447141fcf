import { readConditions } from './conditions.ts'
import { S3Error } from './errors/s3-error.ts'
import { type Headers, headerText } from './headers.ts'
import { requireBucketName, requireKey } from './names.ts'
import type { CopySource } from './operations/objects.ts'

/**
 * Reads `x-amz-copy-source`: `bucket/key`, with or without a slash before it, percent-encoded or not, and perhaps
 * `?versionId=…` behind it. An encoded question mark belongs to the key.
 * @throws S3Error InvalidArgument when there is no bucket and key in it; InvalidBucketName or KeyTooLongError
 */
export function readCopySource(headers: Headers): CopySource {
  const raw = headers.get('x-amz-copy-source') ?? ''
  const mark = raw.indexOf('?versionId=')
  const path = (mark < 0 ? raw : raw.slice(0, mark)).replace(/^(?:\/|%2f)/i, '')
  const [slash] = /\/|%2f/i.exec(path) ?? ['']
  const at = slash === '' ? path.length : path.indexOf(slash)
  const bucket = decode(path.slice(0, at))
  const key = decode(path.slice(at + slash.length))
  const versionId = mark < 0 ? undefined : decode(raw.slice(mark + '?versionId='.length))
  if (bucket === '' || key === '' || versionId === '') {
    throw new S3Error('InvalidArgument', {
      message: 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      details: { ArgumentName: 'x-amz-copy-source', ArgumentValue: raw.slice(0, 1024) },
    })
  }
  requireBucketName(bucket)
  requireKey(key)
  return {
    bucket,
    key,
    versionId,
    conditions: readConditions(headers, 'x-amz-copy-source-'),
    expectedBucketOwner: headers.get('x-amz-source-expected-bucket-owner'),
  }
}

/** Some clients send the key as it is; a percent sign that is no escape shows that. */
function decode(text: string): string {
  const unicode = headerText(text)
  try {
    return decodeURIComponent(unicode)
  } catch {
    return unicode
  }
}
