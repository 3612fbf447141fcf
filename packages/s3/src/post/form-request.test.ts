import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFormReply, formHeaders, formKey } from './form-request.ts'

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is the placeholder that S3 has
const placeholder = '${filename}'

const start = (fields: Record<string, string>, filename = '') => ({ fields: new Map(Object.entries(fields)), filename })

test('formKey: the placeholder stands for the name of the file', () => {
  assert.equal(formKey(start({ key: 'a/b' }, 'c.txt')), 'a/b')
  assert.equal(formKey(start({ key: `a/${placeholder}/${placeholder}` }, 'c.txt')), 'a/c.txt/c.txt')
  assert.equal(formKey(start({ key: placeholder }, "$& $$ $' $1")), "$& $$ $' $1")
  for (const fields of [{}, { key: '' }] as Record<string, string>[]) {
    assert.throws(() => formKey(start(fields)), { code: 'UserKeyMustBeSpecified' })
  }
})

test('formHeaders: the fields that a PUT would have as headers, as bytes', () => {
  const fields = {
    key: 'k',
    policy: 'p',
    acl: 'private',
    'content-type': ' text/plain ',
    'content-length': '5',
    expires: 'never',
    'x-amz-meta-a': 'é',
    'x-amz-storage-class': 'STANDARD',
    'x-amz-signature': 's',
    'x-amz-credential': 'c',
    'x-amz-date': 'd',
    'x-amz-algorithm': 'a',
    'x-amz-security-token': 't',
    success_action_status: '201',
  }
  assert.deepEqual(Object.fromEntries(formHeaders(start(fields)).entries()), {
    'x-amz-acl': 'private',
    'content-type': 'text/plain',
    expires: 'never',
    'x-amz-meta-a': 'Ã©',
    'x-amz-storage-class': 'STANDARD',
  })
})

test('formHeaders: tags come as a document', () => {
  const tagging = '<Tagging><TagSet><Tag><Key>a b</Key><Value>é&amp;=</Value></Tag></TagSet></Tagging>'
  assert.equal(formHeaders(start({ tagging })).get('x-amz-tagging'), 'a+b=%C3%A9%26%3D')
  assert.throws(() => formHeaders(start({ tagging: 'a=b' })), { code: 'MalformedXML' })
})

test('formHeaders: what would break a header, or every reply that has it, is refused', () => {
  for (const value of ['a\r\nset-cookie: x', 'a\nb', '\0', '\x01', '\x7f']) {
    assert.throws(() => formHeaders(start({ 'content-type': value })), { code: 'MalformedPOSTRequest' })
  }
  for (const name of ['x-amz-meta-a b', 'x-amz-meta-a:b', 'x-amz-meta-a\nb', 'x-amz-meta-é']) {
    assert.throws(() => formHeaders(start({ [name]: 'v' })), { code: 'MalformedPOSTRequest' }, name)
  }
})

const place = { bucket: 'photos', key: 'a b<é>', location: 'http://s3.example.com/photos/a%20b' }
const output = { etag: 'abc', sizeBytes: 1 }
const reply = (fields: Record<string, string>) => encodeFormReply(output, start(fields), place)

test('encodeFormReply: nothing, 200 or a document, as the form asks', () => {
  const headers = ['etag', '"abc"', 'location', place.location]
  assert.deepEqual(reply({}), { status: 204, headers })
  for (const status of ['', '404']) {
    assert.deepEqual(reply({ success_action_status: status }), { status: 204, headers })
  }
  assert.deepEqual(reply({ success_action_status: '200' }), {
    status: 200,
    headers: [...headers, 'content-length', '0'],
  })
  const { status, document } = reply({ success_action_status: '201' })
  assert.equal(status, 201)
  assert.equal(
    document,
    '<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse><Location>http://s3.example.com/photos/a%20b</Location><Bucket>photos</Bucket><Key>a b&lt;é&gt;</Key><ETag>&quot;abc&quot;</ETag></PostResponse>',
  )
})

test('encodeFormReply: a redirect says what was made', () => {
  const to = (redirect: string, name = 'success_action_redirect') => {
    const { status, headers } = reply({ [name]: redirect, success_action_status: '201' })
    return [status, headers[headers.indexOf('location') + 1]]
  }
  const query = 'bucket=photos&key=a%20b%3C%C3%A9%3E&etag=%22abc%22'
  assert.deepEqual(to('https://example.com/done'), [303, `https://example.com/done?${query}`])
  assert.deepEqual(to('https://example.com/done?a=1', 'redirect'), [303, `https://example.com/done?a=1&${query}`])
})

test('encodeFormReply: a redirect that is no web address is not followed', () => {
  for (const redirect of ['', 'done', '//example.com', 'javascript:alert(1)', 'ftp://example.com']) {
    assert.equal(reply({ success_action_redirect: redirect }).status, 204, redirect)
  }
  const injected = reply({ success_action_redirect: 'https://example.com/\r\nset-cookie: x' })
  assert.doesNotMatch(injected.headers.join(), /[\r\n]/)
})
