import { S3Error } from '../errors/s3-error.ts'
import type { AclOutput, CannedAcl } from '../operations/acl.ts'
import type { Owner } from '../operations/common.ts'
import { child, childrenNamed, childText, parseXml, type XmlElement } from '../xml/reader.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply, type Reply, type WireRequest } from './codec.ts'
import { readBucket, readCannedAcl, readObject, refuseUnservedHeaders } from './read.ts'
import { ownerTag } from './write.ts'

/** Everybody, as a grant names them. */
export const allUsers = 'http://acs.amazonaws.com/groups/global/AllUsers'
/** Everybody with an access key, as a grant names them. */
export const authenticatedUsers = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers'

/** What each canned ACL gives to groups, as `group permission`. */
const groupGrants: Readonly<Record<CannedAcl, readonly string[]>> = {
  private: [],
  'public-read': [`${allUsers} READ`],
  'public-read-write': [`${allUsers} READ`, `${allUsers} WRITE`],
  'authenticated-read': [`${authenticatedUsers} READ`],
}

/**
 * An access control list as document.
 * @param grantees everybody who is given everything
 */
export function aclDocument({ owner, acl }: AclOutput, grantees: readonly Owner[] = [owner]): string {
  const grants = groupGrants[acl].map((grant) => {
    const [uri, permission = ''] = grant.split(' ')
    return grantTag('Group', tag('URI', uri), permission)
  })
  const list = `<AccessControlList>${grantees.map(ownerGrant).join('')}${grants.join('')}</AccessControlList>`
  return xmlDocument('AccessControlPolicy', ownerTag('Owner', owner) + list)
}

function encodeAcl(output: AclOutput): Reply {
  return documentReply(aclDocument(output))
}

function ownerGrant({ id, displayName }: Owner): string {
  return grantTag('CanonicalUser', tag('ID', id) + tag('DisplayName', displayName), 'FULL_CONTROL')
}

function grantTag(type: string, grantee: string, permission: string): string {
  const schema = 'http://www.w3.org/2001/XMLSchema-instance'
  return `<Grant><Grantee xmlns:xsi="${schema}" xsi:type="${type}">${grantee}</Grantee>${tag('Permission', permission)}</Grant>`
}

/**
 * Reads a list, given by header or as document.
 * @throws S3Error AccessControlListNotSupported for one that no canned ACL stands for
 */
function readAcl({ headers, document }: WireRequest): { acl: CannedAcl; ownerIds: string[] } {
  refuseUnservedHeaders(headers)
  if (document.length === 0) {
    const acl = readCannedAcl(headers)
    if (acl !== undefined) return { acl, ownerIds: [] }
    throw new S3Error('MissingSecurityHeader', 'The request needs an x-amz-acl header or an <AccessControlPolicy>.')
  }
  const root = parseXml(document)
  const list = child(root, 'AccessControlList')
  if (root.name !== 'AccessControlPolicy' || list === undefined) {
    throw new S3Error('MalformedXML', 'Expected <AccessControlPolicy> with an <AccessControlList>.')
  }
  const grants = childrenNamed(list, 'Grant').map(readGrant)
  const ownerIds = grants.flatMap((grant) => (grant.id === undefined ? [] : [grant.id]))
  const groups = grants.flatMap((grant) => (grant.group === undefined ? [] : [grant.group])).sort()
  const acl = (Object.keys(groupGrants) as CannedAcl[]).find((name) => groupGrants[name].join() === groups.join())
  if (ownerIds.length === 0 || acl === undefined) throw new S3Error('AccessControlListNotSupported')
  return { acl, ownerIds }
}

/** Everything to one owner, or something to a group. */
function readGrant(grant: XmlElement): { id?: string; group?: string } {
  const grantee = child(grant, 'Grantee')
  const permission = childText(grant, 'Permission')
  const id = grantee && childText(grantee, 'ID')
  const uri = grantee && childText(grantee, 'URI')
  if (id && !uri && permission === 'FULL_CONTROL') return { id }
  if (uri && !id) return { group: `${uri} ${permission}` }
  throw new S3Error('AccessControlListNotSupported')
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html */
export const getBucketAcl: Codec<'getBucketAcl'> = { decode: readBucket, encode: encodeAcl }

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
export const putBucketAcl: Codec<'putBucketAcl'> = {
  decode: (request) => ({ ...readBucket(request), ...readAcl(request) }),
  encode: () => ({ status: 200, headers: ['content-length', '0'] }),
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html */
export const getObjectAcl: Codec<'getObjectAcl'> = { decode: readObject, encode: encodeAcl }

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html */
export const putObjectAcl: Codec<'putObjectAcl'> = {
  decode: (request) => ({ ...readObject(request), ...readAcl(request) }),
  encode: () => ({ status: 200, headers: ['content-length', '0'] }),
}
