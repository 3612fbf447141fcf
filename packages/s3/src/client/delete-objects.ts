import { quoteEtag } from '../codec/write.ts'
import { childrenNamed, childText, type XmlElement } from '../xml/reader.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { defineCodec } from './define-codec.ts'
import { requiredText } from './read.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export const deleteObjects = defineCodec('deleteObjects', {
  root: 'DeleteResult',
  encode({ objects, quiet }) {
    let content = quiet ? tag('Quiet', true) : ''
    for (const { key, versionId, etag } of objects) {
      content += `<Object>${tag('Key', key)}${tag('VersionId', versionId)}${tag('ETag', etag && quoteEtag(etag))}</Object>`
    }
    return { document: xmlDocument('Delete', content) }
  },
  decode({ root }) {
    return {
      deleted: childrenNamed(root, 'Deleted').map(namedOf),
      errors: childrenNamed(root, 'Error').map((element) => ({
        ...namedOf(element),
        code: childText(element, 'Code') || 'InternalError',
        message: childText(element, 'Message') ?? '',
      })),
    }
  },
})

function namedOf(element: XmlElement): { key: string; versionId?: string } {
  const versionId = childText(element, 'VersionId')
  return { key: requiredText(element, 'Key'), ...(versionId && { versionId }) }
}
