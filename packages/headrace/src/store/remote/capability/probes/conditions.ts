import { clientCodecs } from '@headrace/s3'
import type { ConditionVerdict, Ledger } from '../ledger.ts'
import { type Answer, isDone, type ProbeBench, requireDone } from '../probe-bench.ts'

/** Writers of one race, and how often it is run: a race that is lost once in ten shows in nine runs of ten. */
const racers = 8
const races = 4

const ifNoneMatch = ['if-none-match', '*'] as const
const wrongEtag = '"00000000000000000000000000000000"'

/** What a condition that does not hold was answered with. */
function verdictOf(answer: Answer): ConditionVerdict {
  if (answer.status === 412 || answer.status === 409) return 'held'
  return isDone(answer) ? 'ignored' : 'refused'
}

/** Conditional writes: do they hold, and do they hold when many write at once? */
export async function probeConditions(bench: ProbeBench): Promise<Pick<Ledger, 'conditions'>> {
  requireDone(await bench.put('conditions/source', 'source'), 'PutObject')
  const copy = (headers: readonly string[]) =>
    bench.ask(
      'copyObject',
      { ...bench.at('conditions/source-copy'), source: bench.at('conditions/source') },
      { headers },
    )
  requireDone(await copy([]), 'CopyObject')
  return {
    conditions: {
      put: await putVerdict(bench),
      complete: await completeVerdict(bench),
      copy: verdictOf(await copy(ifNoneMatch)),
      copySource: verdictOf(await copy(['x-amz-copy-source-if-match', wrongEtag])),
      delete: await deleteVerdict(bench),
      deleteObjects: await deleteObjectsVerdict(bench),
    },
  }
}

async function putVerdict(bench: ProbeBench): Promise<ConditionVerdict> {
  requireDone(await bench.put('conditions/put', 'first'), 'PutObject')
  const held = verdictOf(await bench.put('conditions/put', 'second', ifNoneMatch))
  if (held !== 'held') return held
  const matched = verdictOf(await bench.put('conditions/put', 'second', ['if-match', wrongEtag]))
  if (matched !== 'held') return matched
  for (let race = 0; race < races; race += 1) {
    const answers = await Promise.all(
      Array.from({ length: racers }, (_, writer) => bench.put(`conditions/race-${race}`, `${writer}`, ifNoneMatch)),
    )
    if (answers.filter(isDone).length > 1) return 'racy'
  }
  return 'atomic'
}

/** An upload of one part onto an object that is there. */
async function completeVerdict(bench: ProbeBench): Promise<ConditionVerdict> {
  requireDone(await bench.put('conditions/complete', 'first'), 'PutObject')
  const { place, parts } = await uploadOnePart(bench, 'conditions/complete')
  const answer = await bench.ask('completeMultipartUpload', { ...place, parts }, { headers: ifNoneMatch })
  if (!isDone(answer)) await bench.ask('abortMultipartUpload', place)
  return verdictOf(answer)
}

/** A multipart upload with one small part, ready to be completed. */
export async function uploadOnePart(bench: ProbeBench, name: string) {
  const input = { ...bench.at(name), content: {}, metadata: {}, tags: [] }
  const created = requireDone(await bench.ask('createMultipartUpload', input), 'CreateMultipartUpload')
  const reply = { status: created.status, headers: created.headers, document: created.bytes }
  const { uploadId } = clientCodecs.createMultipartUpload.decode(reply, input)
  const place = { ...bench.at(name), uploadId }
  const part = await bench.ask('uploadPart', { ...place, partNumber: 1 }, { body: Buffer.from('part') })
  const etag = requireDone(part, 'UploadPart').headers.get('etag')?.replaceAll('"', '') ?? ''
  return { place, parts: [{ partNumber: 1, etag }] }
}

async function deleteVerdict(bench: ProbeBench): Promise<ConditionVerdict> {
  requireDone(await bench.put('conditions/delete', 'x'), 'PutObject')
  return verdictOf(await bench.ask('deleteObject', bench.at('conditions/delete'), { headers: ['if-match', wrongEtag] }))
}

async function deleteObjectsVerdict(bench: ProbeBench): Promise<ConditionVerdict> {
  requireDone(await bench.put('conditions/delete-many', 'x'), 'PutObject')
  const { bucket, key } = bench.at('conditions/delete-many')
  const objects = [{ key, etag: '0'.repeat(32) }]
  const answer = await bench.ask('deleteObjects', { bucket, objects, quiet: false })
  if (!isDone(answer)) return 'refused'
  return isDone(await bench.ask('headObject', { bucket, key })) ? 'held' : 'ignored'
}
