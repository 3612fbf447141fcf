import { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'
import type { Tag } from '../operations/common.ts'

/**
 * Holds tags against the rules of S3.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
 * @throws S3Error InvalidTag or BadRequest
 */
export function requireTags(tags: readonly Tag[]): void {
  if (tags.length > limits.tagsMax)
    throw new S3Error('BadRequest', `Object tags cannot be greater than ${limits.tagsMax}`)
  const keys = new Set<string>()
  for (const { key, value } of tags) {
    if (key === '' || key.length > limits.tagKeyCharactersMax) {
      throw new S3Error('InvalidTag', {
        message: 'The TagKey you have provided is invalid',
        details: { TagKey: key.slice(0, 256) },
      })
    }
    if (key.startsWith('aws:')) {
      throw new S3Error('InvalidTag', {
        message: 'System tags cannot be added/updated by requester',
        details: { TagKey: key },
      })
    }
    if (value.length > limits.tagValueCharactersMax) {
      throw new S3Error('InvalidTag', {
        message: 'The TagValue you have provided is invalid',
        details: { TagKey: key },
      })
    }
    if (keys.has(key)) {
      throw new S3Error('InvalidTag', {
        message: 'Cannot provide multiple Tags with the same key',
        details: { TagKey: key },
      })
    }
    keys.add(key)
  }
}
