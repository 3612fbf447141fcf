import { unquoteEtag } from '../conditions.ts'
import { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'
import { requireKey } from '../names.ts'
import type { OperationName } from '../operations/operations.ts'
import { child, childrenNamed, childText, parseXml } from '../xml/reader.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply } from './codec.ts'
import { readBucket } from './read.ts'

export const deleteObjects: Codec<'deleteObjects'> = {
  decode(request) {
    const bucket = readBucket(request)
    const root = parseXml(request.document)
    const objects = childrenNamed(root, 'Object')
    if (root.name !== 'Delete' || objects.length === 0 || objects.length > limits.deleteKeysMax) {
      throw new S3Error('MalformedXML', `Expected <Delete> with 1 to ${limits.deleteKeysMax} <Object> elements.`)
    }
    return {
      ...bucket,
      quiet: childText(root, 'Quiet')?.toLowerCase() === 'true',
      objects: objects.map((object) => {
        // A key may begin or end in blanks, so its text is taken as it is.
        const key = child(object, 'Key')?.text
        if (key === undefined || key === '') throw new S3Error('UserKeyMustBeSpecified', 'An <Object> needs a <Key>.')
        requireKey(key)
        const etag = childText(object, 'ETag')
        return {
          key,
          versionId: childText(object, 'VersionId') || undefined,
          etag: etag ? unquoteEtag(etag) : undefined,
        }
      }),
    }
  },
  encode({ deleted, errors }, request) {
    const quiet = childText(parseXml(request.document), 'Quiet')?.toLowerCase() === 'true'
    let content = ''
    if (!quiet) {
      for (const { key, versionId } of deleted) {
        content += `<Deleted>${tag('Key', key)}${tag('VersionId', versionId)}</Deleted>`
      }
    }
    for (const { key, versionId, code, message } of errors) {
      content += `<Error>${tag('Key', key)}${tag('VersionId', versionId)}${tag('Code', code)}${tag('Message', message)}</Error>`
    }
    return documentReply(xmlDocument('DeleteResult', content))
  },
}

export const deleteObjectsCodecs = { deleteObjects } satisfies { [N in OperationName]?: Codec<N> }
