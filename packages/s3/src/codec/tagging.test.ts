import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare, wireRequest } from '../../test/wire-request.ts'
import { deleteObjectTagging, getObjectTagging, putObjectTagging, readTagSet } from './tagging.ts'
import { requireTags } from './tags.ts'

const tag = (key: string, value: string) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`
const set = (tags: string) => Buffer.from(`<Tagging><TagSet>${tags}</TagSet></Tagging>`)

test('readTagSet: tags as they are, blanks and all', () => {
  assert.deepEqual(readTagSet(set('')), [])
  assert.deepEqual(readTagSet(set(tag(' a ', 'x&amp;y') + tag('é', ''))), [
    { key: ' a ', value: 'x&y' },
    { key: 'é', value: '' },
  ])
})

test('readTagSet: documents that are none', () => {
  for (const document of [
    '<Tagging/>',
    '<TagSet/>',
    '<Other><TagSet/></Other>',
    '<Tagging><TagSet><Tag/></TagSet></Tagging>',
  ]) {
    assert.throws(() => readTagSet(Buffer.from(document)), { code: 'MalformedXML' }, document)
  }
  assert.throws(() => readTagSet(set('<Tag><Key>a</Key></Tag>')), { code: 'MalformedXML' })
})

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
test('requireTags: ten, of 128 and 256 characters, each key once', () => {
  const tags = (count: number) => Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: '' }))
  requireTags(tags(10))
  assert.throws(() => requireTags(tags(11)), { code: 'BadRequest' })
  requireTags([{ key: 'k'.repeat(128), value: 'v'.repeat(256) }])
  assert.throws(() => requireTags([{ key: 'k'.repeat(129), value: '' }]), { code: 'InvalidTag', message: /TagKey/ })
  assert.throws(() => requireTags([{ key: '', value: '' }]), { code: 'InvalidTag', message: /TagKey/ })
  assert.throws(() => requireTags([{ key: 'k', value: 'v'.repeat(257) }]), { code: 'InvalidTag', message: /TagValue/ })
  assert.throws(() => requireTags([...tags(1), ...tags(1)]), { code: 'InvalidTag', message: /same key/ })
  assert.throws(() => requireTags([{ key: 'aws:x', value: '' }]), { code: 'InvalidTag', message: /System tags/ })
  requireTags([
    { key: '__proto__', value: '' },
    { key: 'AWS:x', value: '' },
  ])
})

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html
test('getObjectTagging, putObjectTagging, deleteObjectTagging: of a version', () => {
  const request = wireRequest({ key: 'a', query: 'tagging&versionId=v', document: set(tag('k', 'v')).toString() })
  assert.equal(getObjectTagging.decode(request).versionId, 'v')
  assert.deepEqual(putObjectTagging.decode(request).tags, [{ key: 'k', value: 'v' }])
  assert.equal(deleteObjectTagging.decode(request).versionId, 'v')
  const reply = getObjectTagging.encode({ tags: [{ key: 'a&b', value: '<' }], versionId: 'v' }, request)
  assert.equal(
    bare(reply.document),
    '<Tagging><TagSet><Tag><Key>a&amp;b</Key><Value>&lt;</Value></Tag></TagSet></Tagging>',
  )
  assert.deepEqual(reply.headers.slice(2), ['x-amz-version-id', 'v'])
  assert.equal(bare(getObjectTagging.encode({ tags: [] }, request).document), '<Tagging><TagSet></TagSet></Tagging>')
  assert.deepEqual(putObjectTagging.encode({ versionId: 'v' }, request), {
    status: 200,
    headers: ['content-length', '0', 'x-amz-version-id', 'v'],
  })
  assert.deepEqual(deleteObjectTagging.encode({}, request), { status: 204, headers: [] })
})
