import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireRequest } from '../../test/wire-request.ts'
import { getBucketAcl, putBucketAcl, putObjectAcl } from './acl.ts'

const policy = (grants: string) =>
  `<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>${grants}</AccessControlList></AccessControlPolicy>`
const grant = (grantee: string, permission = 'FULL_CONTROL') =>
  `<Grant><Grantee>${grantee}</Grantee><Permission>${permission}</Permission></Grant>`

test('getBucketAcl: says that the owner has everything', () => {
  const { document = '' } = getBucketAcl.encode({ owner: { id: 'me', displayName: 'M & Co' } }, wireRequest({}))
  assert.match(document, /<Owner><ID>me<\/ID><DisplayName>M &amp; Co<\/DisplayName><\/Owner>/)
  assert.match(document, /<Grantee xmlns:xsi="[^"]+" xsi:type="CanonicalUser"><ID>me<\/ID>/)
  assert.match(document, /<Permission>FULL_CONTROL<\/Permission>/)
})

test('putBucketAcl, putObjectAcl: lists that give the owner everything are taken', () => {
  const canned = wireRequest({ headers: { 'x-amz-acl': 'private' } })
  assert.deepEqual(putBucketAcl.decode(canned).ownerIds, [])
  assert.deepEqual(putObjectAcl.decode(canned).ownerIds, [])
  const document = wireRequest({ document: policy(grant('<ID>me</ID>')) })
  assert.deepEqual(putBucketAcl.decode(document).ownerIds, ['me'])
})

test('putBucketAcl: lists that would have no effect are refused', () => {
  const code = 'AccessControlListNotSupported'
  for (const acl of ['public-read', 'public-read-write', 'authenticated-read']) {
    assert.throws(() => putBucketAcl.decode(wireRequest({ headers: { 'x-amz-acl': acl } })), { code })
  }
  const everybody = '<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>'
  for (const grants of ['', grant(everybody), grant('<ID>me</ID>', 'READ'), '<Grant/>']) {
    assert.throws(() => putBucketAcl.decode(wireRequest({ document: policy(grants) })), { code })
  }
  assert.throws(() => putBucketAcl.decode(wireRequest({ document: '<Other/>' })), { code: 'MalformedXML' })
  assert.throws(() => putBucketAcl.decode(wireRequest({})), { code: 'MissingSecurityHeader' })
})
