import { childText } from '../xml/reader.ts'
import { defineCodec } from './define-codec.ts'
import { checksumOfElement, etagOf, timeOf, versionOf } from './read.ts'
import { conditionHeaders, copySourceHeaders, descriptionHeaders, taggingText } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const copyObject = defineCodec('copyObject', {
  root: 'CopyObjectResult',
  encode: ({ source, replace, tags, checksumAlgorithm, storageClass, acl, conditions }) => ({
    headers: {
      ...copySourceHeaders(source),
      ...(replace && { 'x-amz-metadata-directive': 'REPLACE' }),
      ...(replace && descriptionHeaders(replace.content, replace.metadata)),
      ...(tags && { 'x-amz-tagging-directive': 'REPLACE', 'x-amz-tagging': taggingText(tags) }),
      'x-amz-checksum-algorithm': checksumAlgorithm,
      'x-amz-storage-class': storageClass,
      'x-amz-acl': acl,
      ...conditionHeaders(conditions),
    },
  }),
  decode({ headers, root }) {
    const checksum = checksumOfElement(root)
    return {
      etag: etagOf(root),
      lastModifiedMs: timeOf(childText(root, 'LastModified')),
      ...versionOf(headers),
      ...(checksum !== undefined && { checksum }),
    }
  },
})
