import { S3Error } from '../errors/s3-error.ts'
import type { Tag } from '../operations/common.ts'
import { child, childrenNamed, parseXml } from '../xml/reader.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply } from './codec.ts'
import { readObject } from './read.ts'
import { requireTags } from './tags.ts'
import { versionHeaders } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export const getObjectTagging: Codec<'getObjectTagging'> = {
  decode: readObject,
  encode({ tags, versionId }) {
    const set = tags.map(({ key, value }) => `<Tag>${tag('Key', key)}${tag('Value', value)}</Tag>`).join('')
    return documentReply(xmlDocument('Tagging', `<TagSet>${set}</TagSet>`), versionHeaders(versionId))
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html */
export const putObjectTagging: Codec<'putObjectTagging'> = {
  decode(request) {
    return { ...readObject(request), tags: readTagSet(request.document) }
  },
  encode: ({ versionId }) => ({ status: 200, headers: ['content-length', '0', ...versionHeaders(versionId)] }),
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export const deleteObjectTagging: Codec<'deleteObjectTagging'> = {
  decode: readObject,
  encode: ({ versionId }) => ({ status: 204, headers: versionHeaders(versionId) }),
}

/** Reads a `Tagging` document. */
export function readTagSet(document: Uint8Array): Tag[] {
  const root = parseXml(document)
  const set = child(root, 'TagSet')
  if (root.name !== 'Tagging' || set === undefined)
    throw new S3Error('MalformedXML', 'Expected <Tagging> with a <TagSet>.')
  const tags = childrenNamed(set, 'Tag').map((element) => {
    const key = child(element, 'Key')?.text
    const value = child(element, 'Value')?.text
    if (key === undefined || value === undefined)
      throw new S3Error('MalformedXML', 'A <Tag> needs a <Key> and a <Value>.')
    return { key, value }
  })
  requireTags(tags)
  return tags
}
