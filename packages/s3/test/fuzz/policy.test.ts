// Policies of forms.
import { limits, parsePostPolicy, policySizeRange, requirePolicy } from '../../src/index.ts'
import { fuzz } from './fuzz.ts'

const nowMs = Date.UTC(2026, 10, 21)
const fields = new Map(Object.entries({ bucket: 'photos', key: 'user/a', acl: 'private' }))

fuzz({
  name: 'policies',
  bytesMax: limits.formFieldsBytesMax,
  seeds: [
    '{"expiration": "2027-01-01T00:00:00Z", "conditions": [{"bucket": "photos"}, ["starts-with", "$key", "user/"], {"acl": "private"}]}',
    '{"expiration": "2027-01-01T00:00:00.000Z", "conditions": [["eq", "$bucket", "photos"], ["content-length-range", 0, 10]]}',
  ],
  dictionary: [
    ...[
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      '$',
      '\\u0000',
      '\\ud800',
      'null',
      'true',
      '-1',
      '1e999',
      '0.5',
      '9007199254740993',
    ],
    ...[
      '"expiration"',
      '"conditions"',
      '["eq", "$',
      '["starts-with", "',
      '["content-length-range", ',
      '{"__proto__": "',
      '"constructor"',
    ],
    ...['[[[[', '{"a":', '9999-99-99T99:99:99Z', '\xff', '\x00'],
  ],
  run(input) {
    const policy = parsePostPolicy(input.toString('base64'))
    policySizeRange(policy)
    requirePolicy(policy, fields, nowMs)
  },
})
