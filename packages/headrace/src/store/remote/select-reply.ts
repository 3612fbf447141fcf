import {
  type GetObjectInput,
  type HeadObjectOutput,
  matchesIfRange,
  S3Error,
  type Selection,
  selectRange,
} from '@headrace/s3'
import { notSupported } from './store-errors.ts'

type Asked = Pick<GetObjectInput, 'range' | 'ifRange' | 'partNumber'>

/**
 * The bytes that an answer is to deliver, of those that it carries. An upstream may ignore a range and send the whole
 * object (RFC 9110, section 14.2): then the range is cut out here. What it does send must be what was asked for
 * (section 15.3.7).
 * @returns undefined for the whole object
 * @throws S3Error InvalidRange, InvalidPart; NotImplemented for parts that the upstream does not know; InternalError for
 *   another range than asked for
 */
export function selectReply({ range, ifRange, partNumber }: Asked, answer: HeadObjectOutput): Selection | undefined {
  const { info, selection } = answer
  if (partNumber !== undefined) return selection ?? onlyPart(partNumber, answer)
  if (range === undefined) {
    if (selection !== undefined) throw anotherRange(selection)
    return undefined
  }
  if (selection === undefined) {
    // The object is another one than the range is about, and so wanted as a whole.
    if (ifRange !== undefined && !matchesIfRange(ifRange, info)) return undefined
    return selectRange(range, info.sizeBytes)
  }
  const expected = selectRange(range, info.sizeBytes)
  if (selection.first !== expected?.first || selection.last !== expected.last) throw anotherRange(selection)
  return selection
}

/** The whole object, where one part of it was asked for: right if it has but one. */
function onlyPart(partNumber: number, { info }: HeadObjectOutput): Selection | undefined {
  if (info.partsCount !== undefined && info.partsCount > 1) {
    throw notSupported('The upstream does not serve single parts of an object')
  }
  if (partNumber > 1) {
    throw new S3Error('InvalidPart', {
      message: 'The requested part number is not satisfiable',
      details: { PartNumber: String(partNumber), ActualPartCount: '1' },
    })
  }
  return info.sizeBytes === 0 ? undefined : { first: 0, last: info.sizeBytes - 1 }
}

function anotherRange({ first, last }: Selection): S3Error {
  return new S3Error('InternalError', {
    message: `The upstream sent bytes ${first} to ${last}, which were not asked for.`,
    origin: 'upstream',
  })
}
