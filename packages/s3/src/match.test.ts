import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { S3Error } from './errors/s3-error.ts'
import { Headers } from './headers.ts'
import { matchOperation, matchResource } from './match.ts'
import type { OperationName } from './operations/operations.ts'
import { type OperationTraits, operationTraits, traitsOf, unservedSubresources } from './operations/table.ts'
import { parseTarget } from './target.ts'

const domains = ['s3.example.com', 'example.com', 'objects.internal']

function match(method: string, target: string, headers: string[] = []) {
  const parsed = parseTarget(target)
  const scope = matchResource('localhost', parsed.rawPath, domains).scope
  return matchOperation(method, scope, parsed, new Headers(headers))
}

function resource(host: string, path: string) {
  const { scope, bucket, key, isHosted } = matchResource(host, path, domains)
  return [scope, bucket, key, isHosted]
}

test('matchResource: path style', () => {
  assert.deepEqual(resource('localhost:9000', '/'), ['service', '', '', false])
  assert.deepEqual(resource('localhost', '/photos'), ['bucket', 'photos', '', false])
  assert.deepEqual(resource('localhost', '/photos/'), ['bucket', 'photos', '', false])
  assert.deepEqual(resource('localhost', '/photos/a/b'), ['object', 'photos', 'a/b', false])
  assert.deepEqual(resource('s3.example.com:443', '/photos/a'), ['object', 'photos', 'a', false])
  assert.deepEqual(resource('[::1]:9000', '/photos/a'), ['object', 'photos', 'a', false])
  assert.deepEqual(resource('', '/photos/a'), ['object', 'photos', 'a', false])
})

test('matchResource: virtual-host style, with several domains, ports, dots and capitals', () => {
  assert.deepEqual(resource('photos.s3.example.com', '/'), ['bucket', 'photos', '', true])
  assert.deepEqual(resource('photos.s3.example.com:8443', '/a/b'), ['object', 'photos', 'a/b', true])
  assert.deepEqual(resource('my.photos.s3.example.com', '/a'), ['object', 'my.photos', 'a', true])
  assert.deepEqual(resource('PHOTOS.S3.Example.COM', '/A'), ['object', 'photos', 'A', true])
  assert.deepEqual(resource('photos.objects.internal', '/a'), ['object', 'photos', 'a', true])
  assert.deepEqual(resource('photos.example.com', '/a'), ['object', 'photos', 'a', true])
})

test('matchResource: a domain is no bucket of a shorter one, and the longest domain counts', () => {
  for (const order of [domains, [...domains].reverse()]) {
    assert.equal(matchResource('s3.example.com', '/photos', order).isHosted, false)
    assert.equal(matchResource('photos.s3.example.com', '/', order).bucket, 'photos')
  }
})

test('matchResource: hosts that only look like a domain are path style', () => {
  for (const host of ['xs3.example.org', 'objects.internal', '.objects.internal.evil', 'notexample.com']) {
    assert.equal(matchResource(host, '/photos/a', ['objects.internal', 's3.example.com']).bucket, 'photos', host)
  }
  assert.equal(matchResource('photos.s3.example.com', '/a/b', []).bucket, 'a')
})

test('matchResource: keys are decoded once and not normalised', () => {
  const keys = [
    ['/photos//a', '/a'],
    ['/photos/a//b', 'a//b'],
    ['/photos/../b', '../b'],
    ['/photos/./a/.', './a/.'],
    ['/photos/a%2Fb', 'a/b'],
    ['/photos/a%252Fb', 'a%2Fb'],
    ['/photos/a+b%20c', 'a+b c'],
    ['/photos/%C3%A9', 'é'],
    ['/photos/a%00b', 'a\0b'],
  ]
  for (const [path = '', key] of keys) assert.equal(matchResource('localhost', path, []).key, key)
  assert.equal(matchResource('photos.s3.example.com', '//a/../b', domains).key, '/a/../b')
  assert.deepEqual(resource('localhost', '//photos/a'), ['object', '', 'photos/a', false])
  assert.deepEqual(resource('localhost', '/photos%2Fa'), ['bucket', 'photos/a', '', false])
  assert.throws(() => matchResource('localhost', '/photos/%', []), { code: 'InvalidURI' })
})

test('matchOperation: every operation of the table, in both styles', () => {
  for (const operation of Object.keys(operationTraits) as OperationName[]) {
    const { method, scope, query, header } = traitsOf(operation)
    const parameters = Object.entries(query ?? {}).map(([name, value]) => (value === true ? name : `${name}=${value}`))
    const search = parameters.length > 0 ? `?${parameters.join('&')}` : ''
    const paths = { service: ['/'], bucket: ['/photos', '/photos/'], object: ['/photos/a'] }[scope]
    const headers = new Headers(header === undefined ? [] : [header, 'x'])
    for (const path of paths) {
      const parsed = parseTarget(path + search)
      assert.deepEqual(matchOperation(method, scope, parsed, headers), { operation, isForm: false })
      const hosted = matchResource('photos.s3.example.com', path.replace(/^\/photos\/?/, '/'), domains)
      if (scope !== 'service') assert.equal(hosted.scope, scope)
    }
  }
})

test('matchOperation: parameters that name no operation change nothing', () => {
  assert.equal(match('GET', '/photos/a?x-id=GetObject&response-expires=0').operation, 'getObject')
  assert.equal(match('GET', '/photos?prefix=a&list-type=1').operation, 'listObjects')
  assert.equal(match('GET', '/photos?list-type=2&list-type=1').operation, 'listObjectsV2')
  assert.equal(match('GET', '/photos/a?constructor&__proto__=1').operation, 'getObject')
  assert.equal(match('GET', '/?acl').operation, 'listBuckets')
})

test('matchOperation: the row that asks for most comes first', () => {
  const copy = ['x-amz-copy-source', 'a/b']
  assert.equal(match('PUT', '/photos/a', copy).operation, 'copyObject')
  assert.equal(match('PUT', '/photos/a?uploadId=1&partNumber=1', copy).operation, 'uploadPartCopy')
  assert.equal(match('PUT', '/photos/a?uploadId=1&partNumber=1').operation, 'uploadPart')
  assert.equal(match('PUT', '/photos/a?tagging', copy).operation, 'putObjectTagging')
  assert.equal(match('GET', '/photos/a?uploadId=1').operation, 'listParts')
})

test('matchOperation: half the address of a part would overwrite the object', () => {
  for (const headers of [[], ['x-amz-copy-source', 'a/b']]) {
    for (const query of ['uploadId=1', 'partNumber=1']) {
      assert.throws(() => match('PUT', `/photos/a?${query}`, headers), { code: 'InvalidArgument' })
    }
  }
})

test('matchOperation: every subresource that is not served is refused by name', () => {
  const paths = { bucket: '/photos', object: '/photos/a' }
  for (const scope of ['bucket', 'object'] as const) {
    for (const [name, title] of Object.entries(unservedSubresources[scope])) {
      for (const [method, verb] of Object.entries({ GET: 'Get', PUT: 'Put', DELETE: 'Delete', PATCH: 'PATCH' })) {
        assert.throws(() => match(method, `${paths[scope]}?prefix=a&${name}=x`), {
          code: 'NotImplemented',
          message: `${verb}${title} is not implemented.`,
        })
      }
    }
  }
})

test('matchOperation: a POST to a bucket is a form', () => {
  const form = ['content-type', 'Multipart/Form-Data; boundary=x']
  assert.deepEqual(match('POST', '/photos', form), { operation: 'putObject', isForm: true })
  assert.deepEqual(match('POST', '/photos/?delete', form), { operation: 'deleteObjects', isForm: false })
  for (const type of [[], ['content-type', 'application/x-www-form-urlencoded']]) {
    assert.throws(() => match('POST', '/photos', type), { code: 'MalformedPOSTRequest' })
  }
})

test('matchOperation: methods that nobody has', () => {
  for (const [method, target] of [
    ['POST', '/photos/a'],
    ['PATCH', '/photos/a'],
    ['DELETE', '/'],
    ['HEAD', '/'],
    ['constructor', '/photos'],
  ] as const) {
    assert.throws(() => match(method, target), {
      code: 'MethodNotAllowed',
      details: {
        Method: method,
        ResourceType: matchResource('', parseTarget(target).rawPath, []).scope.toUpperCase(),
      },
    })
  }
})

test('matchOperation: preflights are refused as by a bucket without CORS', () => {
  assert.throws(() => match('OPTIONS', '/photos/a'), { code: 'BadRequest', message: /Origin/ })
  const origin = ['origin', 'https://example.com']
  assert.throws(() => match('OPTIONS', '/photos/a', origin), { code: 'BadRequest', message: /Request-Method/ })
  const complete = [...origin, 'access-control-request-method', 'PUT']
  assert.throws(() => match('OPTIONS', '/photos/a', complete), { code: 'AccessForbidden' })
})

test('matchOperation: a target in absolute form must name the host that the bucket is read from', () => {
  assert.equal(match('GET', 'http://localhost/photos/a', ['host', 'localhost']).operation, 'getObject')
  assert.throws(() => match('GET', 'http://other/photos/a', ['host', 'localhost']), { code: 'InvalidURI' })
})

test('matchOperation: a parameter that names an operation is never left aside', () => {
  const rows = Object.values<OperationTraits>(operationTraits)
  const served = rows.flatMap(({ query = {} }) => Object.keys(query).filter((name) => query[name] === true))
  const names = [...served, ...Object.keys(unservedSubresources.bucket), ...Object.keys(unservedSubresources.object)]
  const headersOf = [[], ['x-amz-copy-source', 'a/b'], ['content-type', 'multipart/form-data; boundary=x']]
  for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE']) {
    for (const path of ['/photos', '/photos/a']) {
      for (const name of new Set(names)) {
        for (const headers of headersOf) {
          const operation = operationOrNone(method, `${path}?${name}=1`, headers)
          if (operation === undefined) continue
          const { effect, query } = traitsOf(operation)
          if (effect === 'write') assert.ok(query?.[name], `${method} ${path}?${name} is ${operation}`)
        }
      }
    }
  }
})

/** The operation that a request means; undefined when it is refused. */
function operationOrNone(method: string, target: string, headers: string[]): OperationName | undefined {
  try {
    return match(method, target, headers).operation
  } catch (error) {
    assert.match((error as S3Error).code, /^(MethodNotAllowed|NotImplemented|InvalidArgument|MalformedPOSTRequest)$/)
    return undefined
  }
}

test('matchOperation: subresources of other methods', () => {
  const code = 'MethodNotAllowed'
  for (const [method, target] of [
    ['DELETE', '/photos/a?acl'],
    ['DELETE', '/photos/a?partNumber=1'],
    ['DELETE', '/photos/a?uploadId=1&partNumber=1'],
    ['DELETE', '/photos/a?lifecycle'],
    ['DELETE', '/photos?acl'],
    ['DELETE', '/photos?uploads'],
    ['DELETE', '/photos?uploadId=1'],
    ['PUT', '/photos/a?uploads'],
    ['PUT', '/photos?location'],
    ['HEAD', '/photos/a?tagging'],
    ['GET', '/photos?acl&location'],
    ['POST', '/photos?acl'],
  ] as const) {
    assert.throws(() => match(method, target), { code }, `${method} ${target}`)
  }
  assert.equal(match('GET', '/photos/a?partNumber=1').operation, 'getObject')
  assert.equal(match('HEAD', '/photos/a?partNumber=1').operation, 'headObject')
  assert.equal(match('GET', '/photos/a?location').operation, 'getObject')
})
