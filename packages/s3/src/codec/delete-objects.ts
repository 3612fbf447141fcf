import { unquoteEtag } from '../conditions.ts'
import { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'
import { requireKey } from '../names.ts'
import type { DeleteObjectsInput } from '../operations/objects.ts'
import { child, childrenNamed, childText, parseXml, type XmlElement } from '../xml/reader.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply } from './codec.ts'
import { readBucket } from './read.ts'

/**
 * Whether a document asks for errors only, by document: the reply depends on it, and to read a thousand keys once more
 * would cost as much as the first time.
 */
const quietDocuments = new WeakMap<Uint8Array, boolean>()

function isQuiet(root: XmlElement): boolean {
  return childText(root, 'Quiet')?.toLowerCase() === 'true'
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export const deleteObjects: Codec<'deleteObjects'> = {
  decode(request) {
    const bucket = readBucket(request)
    const root = parseXml(request.document)
    const quiet = isQuiet(root)
    quietDocuments.set(request.document, quiet)
    const objects = childrenNamed(root, 'Object')
    if (root.name !== 'Delete' || objects.length === 0 || objects.length > limits.deleteKeysMax) {
      throw new S3Error('MalformedXML', `Expected <Delete> with 1 to ${limits.deleteKeysMax} <Object> elements.`)
    }
    return {
      ...bucket,
      quiet,
      objects: objects.map(readDoomed),
    }
  },
  encode({ deleted, errors }, request) {
    const quiet = quietDocuments.get(request.document) ?? isQuiet(parseXml(request.document))
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

/** Reads one `<Object>`. A condition that we do not hold it against would delete what it should protect. */
function readDoomed(object: XmlElement): DeleteObjectsInput['objects'][number] {
  for (const name of ['LastModifiedTime', 'Size']) {
    if (child(object, name) === undefined) continue
    throw new S3Error('NotImplemented', `<${name}> as a condition of DeleteObjects is not implemented.`)
  }
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
}
