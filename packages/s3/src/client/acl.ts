import { aclDocument, allUsers, authenticatedUsers } from '../codec/acl.ts'
import type { AclOutput, CannedAcl } from '../operations/acl.ts'
import { child, childrenNamed, childText, type XmlElement } from '../xml/reader.ts'
import { defineCodec, type RequestParts, type SuccessReply } from './define-codec.ts'
import { ownerOf, required } from './read.ts'

/** A header says less than a document, and every server takes it; only a document can name who owns. */
function encodeAcl({ acl, ownerIds }: { acl: CannedAcl; ownerIds: readonly string[] }): RequestParts {
  if (ownerIds.length === 0) return { headers: { 'x-amz-acl': acl } }
  const owners = ownerIds.map((id) => ({ id, displayName: '' }))
  return { document: aclDocument({ owner: owners[0] as (typeof owners)[0], acl }, owners) }
}

/**
 * The widest canned ACL that gives nobody more than the list does. Grants to single users, who are known to the upstream
 * only, do not count.
 */
function decodeAcl({ root }: SuccessReply): AclOutput {
  const grants = childrenNamed(required(child(root, 'AccessControlList'), '<AccessControlList>'), 'Grant')
  const gives = (uri: string, wanted: string) => grants.some((grant) => givesGroup(grant, uri, wanted))
  const owner = ownerOf(root, 'Owner')
  if (gives(allUsers, 'READ')) return { owner, acl: gives(allUsers, 'WRITE') ? 'public-read-write' : 'public-read' }
  return { owner, acl: gives(authenticatedUsers, 'READ') ? 'authenticated-read' : 'private' }
}

function givesGroup(grant: XmlElement, uri: string, wanted: string): boolean {
  const grantee = child(grant, 'Grantee')
  const permission = childText(grant, 'Permission')
  return (
    grantee !== undefined && childText(grantee, 'URI') === uri && [wanted, 'FULL_CONTROL'].includes(permission ?? '')
  )
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export const getBucketAcl = defineCodec('getBucketAcl', {
  root: 'AccessControlPolicy',
  encode: () => ({}),
  decode: decodeAcl,
})

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
export const putBucketAcl = defineCodec('putBucketAcl', { encode: encodeAcl, decode() {} })

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export const getObjectAcl = defineCodec('getObjectAcl', {
  root: 'AccessControlPolicy',
  encode: () => ({}),
  decode: decodeAcl,
})

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html */
export const putObjectAcl = defineCodec('putObjectAcl', { encode: encodeAcl, decode() {} })
