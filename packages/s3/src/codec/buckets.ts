import { S3Error } from '../errors/s3-error.ts'
import { isoTime } from '../http-date.ts'
import { childText, parseXml } from '../xml/reader.ts'
import { escapeXml, tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply } from './codec.ts'
import { decodeToken, encodeToken } from './continuation-token.ts'
import { readBucket, readCannedAcl, readCount, refuseUnservedHeaders } from './read.ts'
import { ownerTag } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
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

/**
 * Reads the document of a CreateBucket. Its location comes back as a header, so it must be able to be one.
 * @throws S3Error InvalidLocationConstraint, MalformedXML or NotImplemented
 */
function readLocation(document: Uint8Array): string {
  if (document.length === 0) return ''
  const root = parseXml(document)
  if (root.name !== 'CreateBucketConfiguration') {
    throw new S3Error('MalformedXML', 'Expected <CreateBucketConfiguration>.')
  }
  const unserved = root.children.find(({ name }) => name !== 'LocationConstraint')
  if (unserved !== undefined) throw new S3Error('NotImplemented', `<${unserved.name}> of a bucket is not implemented.`)
  const location = childText(root, 'LocationConstraint') ?? ''
  if (/^[\w.:-]{0,64}$/.test(location)) return location
  throw new S3Error('InvalidLocationConstraint', { details: { LocationConstraint: location.slice(0, 64) } })
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export const createBucket: Codec<'createBucket'> = {
  decode(request) {
    refuseUnservedHeaders(request.headers)
    const acl = readCannedAcl(request.headers)
    return { ...readBucket(request), location: readLocation(request.document), acl }
  },
  encode(_, { bucket }) {
    return { status: 200, headers: ['location', `/${bucket}`, 'content-length', '0'] }
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export const headBucket: Codec<'headBucket'> = {
  decode: readBucket,
  encode({ bucket }) {
    return {
      status: 200,
      headers: ['x-amz-bucket-region', bucket.location || 'us-east-1', 'content-type', 'application/xml'],
    }
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export const deleteBucket: Codec<'deleteBucket'> = {
  decode: readBucket,
  encode: () => ({ status: 204, headers: [] }),
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export const getBucketLocation: Codec<'getBucketLocation'> = {
  decode: readBucket,
  // The one document of S3 whose value is text of its root.
  encode: ({ location }) => documentReply(xmlDocument('LocationConstraint', escapeXml(location))),
}
