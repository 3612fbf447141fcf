import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GetObjectInput, ListObjectsInput, OperationName } from '@headrace/s3'
import { context } from '../../../test/conformance/harness.ts'
import type { Call } from '../../core/layer.ts'
import { latencyClass } from './latency-class.ts'

function classOf(operation: OperationName, input: Partial<GetObjectInput & ListObjectsInput> = {}): string | undefined {
  return latencyClass({ operation, input, ctx: context() } as Call)
}

test('latencyClass: reads of about as much are alike, others are not', () => {
  const mebibyte = 1024 * 1024
  assert.equal(classOf('getObject'), 'getObject')
  assert.equal(
    classOf('getObject', { range: { first: 5, last: 9 } }),
    classOf('getObject', { range: { suffixBytes: 8 } }),
  )
  const sizes = [1024, mebibyte, 8 * mebibyte, 9 * mebibyte]
  const classes = sizes.map((size) => classOf('getObject', { range: { first: 100, last: 99 + size } }))
  assert.equal(new Set(classes).size, 4)
  assert.equal(classOf('getObject', { range: { first: 100 } }), classes[3])
  assert.notEqual(classOf('listObjectsV2', { maxKeys: 1 }), classOf('listObjectsV2', { maxKeys: 1000 }))
  assert.notEqual(classOf('headObject'), classOf('getObject'))
})

test('latencyClass: writes have none', () => {
  for (const operation of ['putObject', 'deleteObject', 'completeMultipartUpload', 'copyObject'] as const) {
    assert.equal(classOf(operation), undefined)
  }
})
