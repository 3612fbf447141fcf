// What the client half says, the server half must understand; and what the server half answers, the client half must
// learn: for every operation, whatever goes in.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type ClientInput,
  type ClientRequest,
  clientCodecs,
  codecs,
  Headers,
  matchOperation,
  matchResource,
  type OperationName,
  operationTraits,
  parseTarget,
  type WireRequest,
} from '../../src/index.ts'
import { bodyOfSize } from '../wire-request.ts'
import { inputs, outputs } from './arbitraries.ts'

const bounded = { numRuns: 60, interruptAfterTimeLimit: 2_000 }
const operations = Object.keys(operationTraits) as OperationName[]

/** Takes a request apart as a front does. */
function receive({ method, target, headers, document }: ClientRequest): {
  operation: OperationName
  wire: WireRequest
} {
  const parsed = parseTarget(target)
  const sent = new Headers(headers)
  const { scope, bucket, key } = matchResource('s3.example.com', parsed.rawPath, [])
  const { operation } = matchOperation(method, scope, parsed, sent)
  const hasBody = operation === 'putObject' || operation === 'uploadPart'
  const wire = {
    bucket,
    key,
    query: parsed.query,
    headers: sent,
    document: document ?? Buffer.alloc(0),
    body: hasBody ? bodyOfSize(7) : undefined,
    origin: 'http://s3.example.com',
  }
  return { operation, wire }
}

/** Without fields that are undefined, and without the prototypes of records. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, field]) => field !== undefined && typeof field !== 'function')
  return Object.fromEntries(entries.map(([name, field]) => [name, plain(field)]))
}

/** What a server takes of what a client says: it adds what it takes for granted, and the body. */
function taken(input: object): unknown {
  const rest = { ...(plain(input) as Record<string, unknown>) }
  delete rest.body
  if (rest.expected !== undefined && Object.keys(rest.expected as object).length === 0) delete rest.expected
  return rest
}

for (const operation of operations) {
  test(`${operation}: the server reads what the client wrote`, () => {
    fc.assert(
      fc.property(inputs[operation] as fc.Arbitrary<never>, (input) => {
        const { operation: matched, wire } = receive(clientCodecs[operation].encode(input))
        assert.equal(matched, operation)
        assert.deepEqual(taken(codecs[operation].decode(wire)), taken(input))
      }),
      bounded,
    )
  })
}

type Learned = Record<string, unknown>

/** What a client can know of an output: see `ClientOutput`. */
const learned: Partial<Record<OperationName, (output: Learned) => unknown>> = {
  headBucket: ({ bucket }) => ({ region: (bucket as { location: string }).location }),
  listBuckets: ({ owner, buckets }) => ({
    owner,
    buckets: (buckets as Learned[]).map(({ name, createdMs }) => ({ name, createdMs })),
  }),
  listObjects: withoutOwner,
  listObjectsV2: withoutOwner,
  listObjectVersions: withoutOwner,
  listParts: withoutOwner,
  listMultipartUploads: withoutOwner,
  getObjectAttributes: ({ info, parts }) => {
    const { etag, checksum, storageClass, sizeBytes, lastModifiedMs, versionId } = info as Learned
    return { etag, checksum, storageClass, sizeBytes, lastModifiedMs, versionId, parts }
  },
  putObject: ({ sizeBytes: _, ...rest }) => rest,
}

function withoutOwner({ owner: _, ...rest }: Learned): unknown {
  return rest
}

/** An input whose request makes the server tell everything. */
function asking(operation: OperationName): ClientInput<OperationName> {
  const names = { bucket: 'photos', key: 'k', uploadId: 'u', source: { bucket: 'from', key: 'k' } }
  const page = { prefix: '', delimiter: '/', maxKeys: 1000, startAfter: '', keyMarker: '', maxUploads: 9, maxParts: 9 }
  const write = { content: {}, metadata: {}, tags: [], parts: [{ partNumber: 1, etag: 'e' }], acl: 'private' }
  const rest = { ownerIds: [], location: '', partNumberMarker: 0, objects: [{ key: 'k' }], quiet: false }
  const attributes = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']
  const part = operation === 'uploadPart' || operation === 'uploadPartCopy' ? { partNumber: 1 } : {}
  return { ...names, ...page, ...write, ...rest, ...part, attributes } as never
}

for (const operation of operations) {
  test(`${operation}: the client reads what the server wrote`, () => {
    const input = asking(operation) as never
    const { uploadId: _, ...inObject } = asking(operation) as unknown as Record<string, unknown>
    const needsUpload = 'uploadId' in ((operationTraits[operation] as { query?: object }).query ?? {})
    const request = clientCodecs[operation].encode(needsUpload ? input : (inObject as never))
    const { wire } = receive(request)
    fc.assert(
      fc.property(outputs[operation] as fc.Arbitrary<never>, (output) => {
        const { status, headers, document = '' } = codecs[operation].encode(output, wire)
        const reply = { status, headers: new Headers(headers), document: Buffer.from(document) }
        const got = plain(clientCodecs[operation].decode(reply, input)) as Learned | undefined
        if (operation === 'listObjectsV2') {
          assert.equal(typeof got?.continuationToken, got?.nextStartAfter === undefined ? 'undefined' : 'string')
          delete got?.continuationToken
        }
        assert.deepEqual(got, plain((learned[operation] ?? ((all) => all))(output)))
      }),
      bounded,
    )
  })
}
