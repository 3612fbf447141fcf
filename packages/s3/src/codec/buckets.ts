import type { OperationName } from '../operations/operations.ts'
import { childText, parseXml } from '../xml/reader.ts'
import { escapeXml, isoTime, tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply } from './codec.ts'
import { decodeToken, encodeToken } from './continuation-token.ts'
import { readBucket, readCount, refuseUnservedHeaders } from './read.ts'
import { ownerTag } from './write.ts'

export const listBuckets: Codec<'listBuckets'> = {
  decode({ query }) {
    const token = query.get('continuation-token')
    return {
      prefix: query.get('prefix') || undefined,
      startAfter: token ? decodeToken(token) : undefined,
      maxBuckets: query.has('max-buckets')
        ? readCount(query, 'max-buckets', { default: 10_000, min: 1, max: 10_000 })
        : undefined,
    }
  },
  encode({ buckets, owner, nextStartAfter }, { query }) {
    let content = ownerTag('Owner', owner)
    content += '<Buckets>'
    for (const { name, createdMs } of buckets) {
      content += `<Bucket>${tag('Name', name)}${tag('CreationDate', isoTime(createdMs))}</Bucket>`
    }
    content += '</Buckets>'
    content += tag('Prefix', query.get('prefix') || undefined)
    content += tag('ContinuationToken', nextStartAfter === undefined ? undefined : encodeToken(nextStartAfter))
    return documentReply(xmlDocument('ListAllMyBucketsResult', content))
  },
}

export const createBucket: Codec<'createBucket'> = {
  decode(request) {
    refuseUnservedHeaders(request.headers)
    const { document } = request
    const location = document.length === 0 ? '' : (childText(parseXml(document), 'LocationConstraint') ?? '')
    return { ...readBucket(request), location }
  },
  encode(_, { bucket }) {
    return { status: 200, headers: ['location', `/${bucket}`, 'content-length', '0'] }
  },
}

export const headBucket: Codec<'headBucket'> = {
  decode: readBucket,
  encode({ bucket }) {
    return {
      status: 200,
      headers: ['x-amz-bucket-region', bucket.location || 'us-east-1', 'content-type', 'application/xml'],
    }
  },
}

export const deleteBucket: Codec<'deleteBucket'> = {
  decode: readBucket,
  encode: () => ({ status: 204, headers: [] }),
}

export const getBucketLocation: Codec<'getBucketLocation'> = {
  decode: readBucket,
  // The one document of S3 whose value is text of its root.
  encode: ({ location }) => documentReply(xmlDocument('LocationConstraint', escapeXml(location))),
}

export const bucketCodecs = { listBuckets, createBucket, headBucket, deleteBucket, getBucketLocation } satisfies {
  [N in OperationName]?: Codec<N>
}
