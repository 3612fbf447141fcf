import { child, childrenNamed } from '../xml/reader.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { defineCodec, type SuccessReply } from './define-codec.ts'
import { required, requiredText, versionOf } from './read.ts'

function decodeVersion({ headers }: SuccessReply): { versionId?: string } {
  const { versionId } = versionOf(headers)
  return versionId === undefined ? {} : { versionId }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export const getObjectTagging = defineCodec('getObjectTagging', {
  root: 'Tagging',
  encode: () => ({}),
  decode(reply) {
    const set = required(child(reply.root, 'TagSet'), '<TagSet>')
    const tags = childrenNamed(set, 'Tag').map((element) => ({
      key: requiredText(element, 'Key'),
      value: requiredText(element, 'Value'),
    }))
    return { tags, ...decodeVersion(reply) }
  },
})

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html */
export const putObjectTagging = defineCodec('putObjectTagging', {
  encode({ tags }) {
    const set = tags.map(({ key, value }) => `<Tag>${tag('Key', key)}${tag('Value', value)}</Tag>`).join('')
    return { document: xmlDocument('Tagging', `<TagSet>${set}</TagSet>`) }
  },
  decode: decodeVersion,
})

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export const deleteObjectTagging = defineCodec('deleteObjectTagging', {
  encode: () => ({}),
  decode: decodeVersion,
})
