import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { formatBinaryMap, parseBinaryMap, parseTextMap } from '../src/index.ts'
import { codeOf, readCorpus } from './corpus.ts'
import { preparePlacing } from './place.ts'

test('doRule: a million recorded mappings of crushtool', () => {
  const { corpus, results } = readCorpus()
  let start = 0
  let compared = 0
  for (const { seed, text, cases } of corpus.maps) {
    const { place } = preparePlacing(parseTextMap(text))
    for (const each of cases) {
      let input = 0
      for (const placed of place(each)) {
        for (let position = 0; position < each.size; position += 1) {
          const expected = results[start + position * each.count + input]
          if (codeOf(placed[position]) === expected) continue
          assert.fail(
            `map ${seed}, ${JSON.stringify(each)}: x ${each.minX + input} gives [${placed}], position ${position} differs`,
          )
        }
        input += 1
      }
      compared += input
      start += each.size * each.count
    }
  }
  assert.ok(corpus.maps.length >= 40, `${corpus.maps.length} maps`)
  assert.ok(compared >= 1_000_000, `${compared} mappings`)
  assert.equal(start, results.length)
})

test('formatBinaryMap: the very bytes that crushtool compiles the corpus to', () => {
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  for (const { seed, text, binarySha256 } of readCorpus().corpus.maps) {
    const binary = formatBinaryMap(parseTextMap(text))
    assert.equal(sha256(binary), binarySha256, `map ${seed}`)
    assert.equal(sha256(formatBinaryMap(parseBinaryMap(binary))), binarySha256, `map ${seed} read back`)
  }
})
