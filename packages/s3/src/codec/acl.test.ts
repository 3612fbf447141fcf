import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireRequest } from '../../test/wire-request.ts'
import { cannedAcls } from '../operations/acl.ts'
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './acl.ts'

const owner = { id: 'me', displayName: 'M & Co' }
const policy = (grants: string) =>
  `<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>${grants}</AccessControlList></AccessControlPolicy>`
const grant = (grantee: string, permission = 'FULL_CONTROL') =>
  `<Grant><Grantee>${grantee}</Grantee><Permission>${permission}</Permission></Grant>`

test('getBucketAcl: says that the owner has everything', () => {
  const { document = '' } = getBucketAcl.encode({ owner, acl: 'private' }, wireRequest())
  assert.match(document, /<Owner><ID>me<\/ID><DisplayName>M &amp; Co<\/DisplayName><\/Owner>/)
  assert.match(document, /<Grantee xmlns:xsi="[^"]+" xsi:type="CanonicalUser"><ID>me<\/ID>/)
  assert.equal(document.match(/<Grant>/g)?.length, 1)
})

test('getObjectAcl, putObjectAcl: every canned ACL comes back as it was given', () => {
  for (const acl of cannedAcls) {
    const { document = '' } = getObjectAcl.encode({ owner, acl }, wireRequest())
    const { ownerIds, ...read } = putObjectAcl.decode(wireRequest({ document, key: 'k' }))
    assert.deepEqual([read.acl, ownerIds], [acl, ['me']])
    const canned = wireRequest({ headers: { 'x-amz-acl': acl } })
    assert.deepEqual([putBucketAcl.decode(canned).acl, putBucketAcl.decode(canned).ownerIds], [acl, []])
  }
  const full = wireRequest({ headers: { 'x-amz-acl': 'bucket-owner-full-control' } })
  assert.equal(putBucketAcl.decode(full).acl, 'private')
})

test('putBucketAcl: lists that no canned ACL stands for are refused', () => {
  const code = 'AccessControlListNotSupported'
  assert.throws(() => putBucketAcl.decode(wireRequest({ headers: { 'x-amz-acl': 'aws-exec-read' } })), { code })
  assert.throws(() => putBucketAcl.decode(wireRequest({ headers: { 'x-amz-grant-read': 'id=you' } })), { code })
  const everybody = '<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>'
  const me = grant('<ID>me</ID>')
  const bad = [
    '',
    grant(everybody, 'READ'),
    me + grant(everybody),
    me + grant(everybody, 'WRITE'),
    grant('<ID>me</ID>', 'READ'),
  ]
  for (const grants of [...bad, '<Grant/>', me + grant('<URI>http://example.com</URI>', 'READ')]) {
    assert.throws(() => putBucketAcl.decode(wireRequest({ document: policy(grants) })), { code }, grants)
  }
  assert.throws(() => putBucketAcl.decode(wireRequest({ document: '<Other/>' })), { code: 'MalformedXML' })
  assert.throws(() => putBucketAcl.decode(wireRequest()), { code: 'MissingSecurityHeader' })
})
