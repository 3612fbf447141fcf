import { childrenNamed, childText, clientCodecs, createChecksum, parseXml } from '@headrace/s3'
import type { Ledger } from '../ledger.ts'
import { Inconclusive, isDone, type ProbeBench, requireDone } from '../probe-bench.ts'

/** UTF-16 has them the other way round. */
const ordered = ['\uffee', '\u{1f600}']

/** Listings: order, encoding, and pages that end with a common prefix. */
export async function probeListing(bench: ProbeBench): Promise<Pick<Ledger, 'listing' | 'deleteObjectsChecksum'>> {
  for (const name of [...ordered.map((key) => `order/${key}`), 'encoding/a b+c', 'pages/a/1', 'pages/a/2', 'pages/b']) {
    requireDone(await bench.put(`listing/${name}`, 'x'), 'PutObject')
  }
  const order = await list(bench, 'order/', {})
  const keys = order.page.objects.map(({ key }) => key.slice(order.prefix.length))
  const pages = await list(bench, 'pages/', { delimiter: '/', startAfter: 'a/' })
  return {
    listing: {
      order: keys.join() === ordered.join() ? 'utf8' : 'other',
      encoding: encodingOf(await list(bench, 'encoding/', {})),
      passesPrefixes: pages.page.commonPrefixes.length === 0 && pages.page.objects.length === 1,
    },
    deleteObjectsChecksum: await deletesByChecksum(bench),
  }
}

async function list(bench: ProbeBench, folder: string, more: { delimiter?: string; startAfter?: string }) {
  const prefix = `${bench.prefix}listing/${folder}`
  const { delimiter = '', startAfter } = more
  const after = startAfter === undefined ? '' : prefix + startAfter
  const input = { bucket: bench.bucket, prefix, delimiter, startAfter: after, maxKeys: 10 }
  const answer = requireDone(await bench.ask('listObjects', input), 'ListObjects')
  const { status, headers, bytes } = answer
  return { prefix, bytes, page: clientCodecs.listObjects.decode({ status, headers, document: bytes }, input) }
}

function encodingOf({ bytes }: { readonly bytes: Buffer }): Ledger['listing']['encoding'] {
  const [object] = childrenNamed(parseXml(bytes), 'Contents')
  const key = object === undefined ? undefined : childText(object, 'Key')
  if (key === undefined) throw new Inconclusive('ListObjects shows no object that was just written')
  if (key.endsWith('a+b%2Bc')) return 'plus'
  return key.endsWith('a%20b%2Bc') ? 'percent' : 'none'
}

/** SDKs of today send a CRC32 with DeleteObjects in place of the MD5 that was asked for once. */
async function deletesByChecksum(bench: ProbeBench): Promise<boolean> {
  const { bucket, key } = bench.at('listing/pages/b')
  const {
    method,
    target,
    document = Buffer.alloc(0),
  } = clientCodecs.deleteObjects.encode({
    bucket,
    objects: [{ key }],
    quiet: true,
  })
  const sum = createChecksum('CRC32')
  sum.update(document)
  const headers = ['content-type', 'application/xml', 'x-amz-checksum-crc32', sum.digest().toString('base64')]
  return isDone(await bench.send({ method, target, headers, body: document }))
}
