import { S3Error } from '@headrace/s3'

/** @param drive where it is; @param cause the drive's error, if it was one that told */
export function wantOfSpace(drive: string, cause?: unknown): S3Error {
  return new S3Error('InsufficientStorage', {
    message: `There is not enough free space on ${drive}. Delete objects, or make room on the drive.`,
    cause,
  })
}

/** Of the drives that a data belongs on, fewer can be written to than it takes to keep it safely. */
export function tooFewDrives(
  { total, answering, needed }: { total: number; answering: number; needed: number },
  cause?: unknown,
): S3Error {
  const answer = total === 1 ? 'The drive' : `${answering} of the ${total} drives`
  const verb = total === 1 ? 'does not answer' : answering === 1 ? 'answers' : 'answer'
  const need = total === 1 ? '' : `, and ${needed} are needed`
  return new S3Error('ServiceUnavailable', {
    message: `${answer} that this object would be written to ${verb}${need}. Send the request again later.`,
    cause,
  })
}
