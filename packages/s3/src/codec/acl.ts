import { S3Error } from '../errors/s3-error.ts'
import type { AclOutput } from '../operations/acl.ts'
import { child, childrenNamed, childText, parseXml, type XmlElement } from '../xml/reader.ts'
import { xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply, type Reply, type WireRequest } from './codec.ts'
import { readBucket, readObject, refuseUnservedHeaders } from './read.ts'
import { ownerTag } from './write.ts'

function encodeAcl({ owner }: AclOutput): Reply {
  const grantee = ownerTag('Grantee', owner).replace(
    '<Grantee>',
    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">',
  )
  const grant = `<Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant>`
  const content = `${ownerTag('Owner', owner)}<AccessControlList>${grant}</AccessControlList>`
  return documentReply(xmlDocument('AccessControlPolicy', content))
}

/**
 * Reads a list, given by header or as document.
 * @throws S3Error AccessControlListNotSupported for one that gives anything to anybody by a rule, or less than everything
 */
function readOwnerIds({ headers, document }: WireRequest): string[] {
  refuseUnservedHeaders(headers)
  if (document.length === 0) {
    if (headers.has('x-amz-acl')) return []
    throw new S3Error('MissingSecurityHeader', 'The request needs an x-amz-acl header or an <AccessControlPolicy>.')
  }
  const root = parseXml(document)
  const list = child(root, 'AccessControlList')
  if (root.name !== 'AccessControlPolicy' || list === undefined) {
    throw new S3Error('MalformedXML', 'Expected <AccessControlPolicy> with an <AccessControlList>.')
  }
  const grants = childrenNamed(list, 'Grant')
  if (grants.length === 0) throw new S3Error('AccessControlListNotSupported')
  return grants.map(readOwnerId)
}

function readOwnerId(grant: XmlElement): string {
  const grantee = child(grant, 'Grantee')
  const id = grantee && childText(grantee, 'ID')
  if (!id || childText(grant, 'Permission') !== 'FULL_CONTROL') throw new S3Error('AccessControlListNotSupported')
  return id
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export const getBucketAcl: Codec<'getBucketAcl'> = { decode: readBucket, encode: encodeAcl }

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
export const putBucketAcl: Codec<'putBucketAcl'> = {
  decode: (request) => ({ ...readBucket(request), ownerIds: readOwnerIds(request) }),
  encode: () => ({ status: 200, headers: ['content-length', '0'] }),
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export const getObjectAcl: Codec<'getObjectAcl'> = { decode: readObject, encode: encodeAcl }

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html */
export const putObjectAcl: Codec<'putObjectAcl'> = {
  decode: (request) => ({ ...readObject(request), ownerIds: readOwnerIds(request) }),
  encode: () => ({ status: 200, headers: ['content-length', '0'] }),
}
