import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RequestParts, wireRequest } from '../../test/wire-request.ts'
import { deleteObject } from './delete-object.ts'

const ofKey = (parts: RequestParts = {}) => wireRequest({ key: 'a', ...parts })

test('deleteObject: version and condition', () => {
  const input = deleteObject.decode(ofKey({ query: 'versionId=v', headers: { 'if-match': '*' } }))
  assert.deepEqual([input.versionId, input.ifMatch], ['v', '*'])
  assert.deepEqual(deleteObject.encode({}, ofKey()), { status: 204, headers: [] })
  assert.deepEqual(deleteObject.encode({ versionId: 'v', deleteMarker: true }, ofKey()).headers, [
    'x-amz-version-id',
    'v',
    'x-amz-delete-marker',
    'true',
  ])
  for (const header of ['x-amz-if-match-size', 'x-amz-if-match-last-modified-time']) {
    assert.throws(() => deleteObject.decode(ofKey({ headers: { [header]: '1' } })), { code: 'NotImplemented' })
  }
})
