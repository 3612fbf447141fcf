import { child, childrenNamed, childText } from '../xml/reader.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { defineCodec } from './define-codec.ts'
import { ownerOf, required, requiredText, timeOf } from './read.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export const listBuckets = defineCodec('listBuckets', {
  root: 'ListAllMyBucketsResult',
  encode: ({ prefix, maxBuckets, continuationToken }) => ({
    parameters: { prefix, 'max-buckets': maxBuckets, 'continuation-token': continuationToken },
  }),
  decode({ root }) {
    const buckets = childrenNamed(required(child(root, 'Buckets'), '<Buckets>'), 'Bucket')
    const continuationToken = childText(root, 'ContinuationToken')
    return {
      owner: ownerOf(root, 'Owner'),
      buckets: buckets.map((bucket) => ({
        name: requiredText(bucket, 'Name'),
        createdMs: timeOf(childText(bucket, 'CreationDate')),
      })),
      ...(continuationToken && { continuationToken }),
    }
  },
})

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export const createBucket = defineCodec('createBucket', {
  encode: ({ location, acl }) => ({
    headers: { 'x-amz-acl': acl },
    ...(location !== '' && {
      document: xmlDocument('CreateBucketConfiguration', tag('LocationConstraint', location)),
    }),
  }),
  decode() {},
})

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export const headBucket = defineCodec('headBucket', {
  encode: () => ({}),
  decode({ headers }) {
    const region = headers.get('x-amz-bucket-region')
    return region === undefined ? {} : { region }
  },
})

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export const deleteBucket = defineCodec('deleteBucket', { encode: () => ({}), decode() {} })

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export const getBucketLocation = defineCodec('getBucketLocation', {
  root: 'LocationConstraint',
  encode: () => ({}),
  decode: ({ root }) => ({ location: root.text.trim() }),
})
