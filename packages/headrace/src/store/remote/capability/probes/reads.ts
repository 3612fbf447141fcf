import type { Ledger } from '../ledger.ts'
import { type Answer, isDone, type ProbeBench, requireDone } from '../probe-bench.ts'
import { uploadOnePart } from './conditions.ts'

/** GETs of a small object: enough for a median that one hiccup does not move. */
const timedReads = 9
const timedBytes = 4096

/** Reads: ranges at their edges, parts, and how the bytes of a small reply come. */
export async function probeReads(bench: ProbeBench): Promise<Pick<Ledger, 'ranges' | 'partNumber' | 'timing'>> {
  requireDone(await bench.put('reads/digits', '0123456789'), 'PutObject')
  requireDone(await bench.put('reads/empty', ''), 'PutObject')
  const range = (name: string, text: string) => bench.get(`reads/${name}`, ['range', text])
  const one = await range('digits', 'bytes=3-3')
  return {
    ranges: {
      served: one.status === 206 && one.bytes.toString() === '3',
      pastEnd: (await range('digits', 'bytes=10-')).status,
      suffixOfEmpty: (await range('empty', 'bytes=-5')).status,
      reversed: (await range('digits', 'bytes=3-1')).status,
    },
    partNumber: await partVerdict(bench),
    timing: await timingOf(bench),
  }
}

const partBytes = 5 * 1024 * 1024

async function partVerdict(bench: ProbeBench): Promise<Ledger['partNumber']> {
  const { place } = await uploadOnePart(bench, 'reads/parts')
  const parts: { partNumber: number; etag: string }[] = []
  for (const [partNumber, body] of [
    [1, Buffer.alloc(partBytes)],
    [2, Buffer.from('the second part')],
  ] as const) {
    const answer = requireDone(await bench.ask('uploadPart', { ...place, partNumber }, { body }), 'UploadPart')
    parts.push({ partNumber, etag: etagOf(answer) })
  }
  requireDone(await bench.ask('completeMultipartUpload', { ...place, parts }), 'CompleteMultipartUpload')
  const { bucket, key } = place
  const head = await bench.ask('headObject', { bucket, key })
  const part = await bench.ask('headObject', { bucket, key, partNumber: 2 })
  if (!isDone(part)) return 'refused'
  if (part.headers.get('content-length') !== '15') return 'ignored'
  return etagOf(part) === etagOf(head) ? 'served' : 'own-etag'
}

function etagOf({ headers }: Answer): string {
  return headers.get('etag')?.replaceAll('"', '') ?? ''
}

async function timingOf(bench: ProbeBench): Promise<NonNullable<Ledger['timing']>> {
  requireDone(await bench.put('reads/timed', Buffer.alloc(timedBytes)), 'PutObject')
  const answers: Answer[] = []
  for (let read = 0; read < timedReads; read += 1)
    answers.push(requireDone(await bench.get('reads/timed'), 'GetObject'))
  return {
    firstByteMs: median(answers.map(({ firstByteMs }) => firstByteMs)),
    bodyAfterHeadMs: median(answers.map(({ bodyMs }) => bodyMs)),
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return Math.round((sorted[sorted.length >> 1] ?? 0) * 100) / 100
}
