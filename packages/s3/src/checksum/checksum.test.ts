import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { build } from '../../tools/build-wasm.ts'
import { checksumAlgorithms } from '../operations/common.ts'
import { canCombine, combineParts, defaultChecksumType, multipartEtag } from './combine.ts'
import { crc64nvme } from './crc64nvme.ts'
import { crc64nvmeWasm } from './crc64nvme-wasm.ts'
import { checksumBytes, createChecksum } from './digest.ts'

/** Check values of the CRC catalogue (https://reveng.sourceforge.io/crc-catalogue/) and of the hash standards. */
const checkValues = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
} as const

test('createChecksum: the known value of "123456789", in one chunk and in nine', () => {
  for (const algorithm of checksumAlgorithms) {
    const whole = createChecksum(algorithm)
    whole.update(Buffer.from('123456789'))
    const value = whole.digest()
    assert.equal(value.toString('hex'), checkValues[algorithm], algorithm)
    assert.equal(value.length, checksumBytes(algorithm))
    const pieces = createChecksum(algorithm)
    for (const character of '123456789') pieces.update(new Uint8Array([character.charCodeAt(0)]))
    assert.deepEqual(pieces.digest(), value, algorithm)
  }
})

test('crc64nvme: any split of a large chunk gives the same', () => {
  const data = randomBytes(300_001)
  const whole = crc64nvme(data)
  for (const cut of [0, 1, 15, 16, 17, 163_840, 163_841, 300_000]) {
    assert.equal(crc64nvme(data.subarray(cut), crc64nvme(data.subarray(0, cut))), whole, `cut at ${cut}`)
  }
})

test('crc64nvme: the built module is what its source builds', async () => {
  assert.match(await build(), new RegExp(crc64nvmeWasm.slice(0, 100).replace(/[+/]/g, '\\$&')))
  const built = [...(await build()).matchAll(/'([^']*)'/g)].map((match) => match[1]).join('')
  assert.equal(built, crc64nvmeWasm)
})

test('combineParts: full-object CRCs of parts equal the CRC of the whole', () => {
  const data = randomBytes(100_000)
  const sizes = [30_000, 30_000, 0, 39_999, 1]
  for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
    let at = 0
    const parts = sizes.map((sizeBytes) => {
      const digest = createChecksum(algorithm)
      digest.update(data.subarray(at, at + sizeBytes))
      at += sizeBytes
      return { bytes: digest.digest(), sizeBytes }
    })
    const whole = createChecksum(algorithm)
    whole.update(data)
    assert.equal(combineParts(algorithm, 'FULL_OBJECT', parts).value, whole.digest().toString('base64'), algorithm)
  }
  assert.throws(() => combineParts('SHA256', 'FULL_OBJECT', []), /cannot be combined/)
})

test('combineParts: composite is the checksum of the checksums, with the number of parts', () => {
  const parts = ['one', 'two'].map((text) => ({ bytes: createHash('sha256').update(text).digest(), sizeBytes: 3 }))
  const expected = createHash('sha256')
    .update(Buffer.concat(parts.map((part) => part.bytes)))
    .digest('base64')
  assert.equal(combineParts('SHA256', 'COMPOSITE', parts).value, `${expected}-2`)
})

test('multipartEtag: MD5 of the MD5s, with the number of parts', () => {
  const md5s = ['a', 'b'].map((text) => createHash('md5').update(text).digest())
  assert.equal(multipartEtag(md5s), `${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-2`)
})

test('canCombine, defaultChecksumType: as AWS has them', () => {
  assert.deepEqual(
    checksumAlgorithms.map((algorithm) => [algorithm, canCombine(algorithm), defaultChecksumType(algorithm)]),
    [
      ['CRC32', true, 'COMPOSITE'],
      ['CRC32C', true, 'COMPOSITE'],
      ['CRC64NVME', true, 'FULL_OBJECT'],
      ['SHA1', false, 'COMPOSITE'],
      ['SHA256', false, 'COMPOSITE'],
    ],
  )
})

test('combineParts: parts of any size, empty ones and none at all', () => {
  const digestOf = (data: Uint8Array) => {
    const digest = createChecksum('CRC32C')
    digest.update(data)
    return { bytes: digest.digest(), sizeBytes: data.length }
  }
  const whole = randomBytes(1000)
  for (const cuts of [[], [0], [1000], [1, 2, 3], [500], [0, 0, 999, 999]]) {
    const edges = [0, ...cuts, 1000]
    const parts = edges.slice(1).map((end, index) => digestOf(whole.subarray(edges[index], end)))
    assert.equal(
      combineParts('CRC32C', 'FULL_OBJECT', parts).value,
      digestOf(whole).bytes.toString('base64'),
      `${cuts}`,
    )
  }
  assert.equal(combineParts('CRC32', 'FULL_OBJECT', []).value, 'AAAAAA==')
})
