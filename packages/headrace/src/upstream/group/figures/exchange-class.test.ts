import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exchangeClassOf } from './exchange-class.ts'

const classOf = (method: string, target: string, body?: Uint8Array) =>
  exchangeClassOf({ method, target, headers: [], ...(body && { body }) })

test('exchangeClassOf: reads of objects, and of documents about them', () => {
  assert.equal(classOf('HEAD', '/b/k'), 'head')
  assert.equal(classOf('DELETE', '/b/k?versionId=1'), 'delete')
  assert.equal(classOf('GET', '/b/k'), 'get')
  assert.equal(classOf('GET', '/b/k?x-id=GetObject&versionId=1&partNumber=2&response-content-type=a%2Fb'), 'get')
  assert.equal(classOf('GET', '/b?list-type=2&prefix=a'), 'list')
  assert.equal(classOf('GET', '/b/k?tagging'), 'list')
  assert.equal(classOf('GET', '/b/k?uploadId=1'), 'list')
})

test('exchangeClassOf: only small writes from memory show how fast an upstream is', () => {
  assert.equal(classOf('PUT', '/b/k', new Uint8Array(65_536)), 'put')
  assert.equal(classOf('PUT', '/b/k', new Uint8Array(65_537)), undefined)
  assert.equal(classOf('PUT', '/b/k'), undefined)
  assert.equal(classOf('POST', '/b/k?uploadId=1', new Uint8Array(9)), undefined)
  const body = { sizeBytes: 9, sendTo: async () => {} }
  assert.equal(exchangeClassOf({ method: 'PUT', target: '/b/k', headers: [], body }), undefined)
})
