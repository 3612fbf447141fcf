import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { emptySha256Hex, HmacSha256, sha256Hex } from './hmac.ts'

// RFC 4231, test cases 1, 2 and 6.
test('HmacSha256: the test cases of RFC 4231', () => {
  const cases: [Buffer, string, string][] = [
    [Buffer.alloc(20, 0x0b), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      Buffer.from('Jefe'),
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      Buffer.alloc(131, 0xaa),
      'Test Using Larger Than Block-Size Key - Hash Key First',
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ]
  for (const [key, message, expected] of cases) {
    assert.equal(new HmacSha256(key).hex(message), expected)
    assert.equal(new HmacSha256(key).bytes(message).toString('hex'), expected)
  }
})

test('HmacSha256: equals createHmac for every key and message, one after the other', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 })
  fc.assert(
    fc.property(text, fc.array(text), (key, messages) => {
      const hmac = new HmacSha256(key)
      for (const message of messages) {
        assert.equal(hmac.hex(message), createHmac('sha256', key).update(message).digest('hex'))
      }
    }),
  )
})

test('HmacSha256: messages around the size that fits the scratch memory', () => {
  const hmac = new HmacSha256('key')
  for (const length of [1343, 1344, 1345, 4031, 4032, 4033, 100_000]) {
    for (const character of ['a', '鍵']) {
      const message = character.repeat(length)
      assert.equal(hmac.hex(message), createHmac('sha256', 'key').update(message).digest('hex'), `${length}`)
    }
  }
})

test('sha256Hex: text and bytes, and nothing', () => {
  assert.equal(sha256Hex(''), emptySha256Hex)
  assert.equal(sha256Hex(new Uint8Array(0)), emptySha256Hex)
  assert.equal(sha256Hex('é'), sha256Hex(Buffer.from('é')))
})
