import { type BodySummary, type PartChecksum, S3Error, type UploadChecksum } from '@headrace/s3'

/**
 * The checksum that is kept of a part: that of the upload's algorithm, or whatever came with the part when the upload
 * named none.
 * @throws S3Error InvalidRequest when part and upload do not agree
 */
export function requirePartChecksum(
  { checksum }: BodySummary,
  upload: UploadChecksum | undefined,
): PartChecksum | undefined {
  if (checksum === undefined) return undefined
  if (upload !== undefined && upload.algorithm !== checksum.algorithm) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${checksum.algorithm.toLowerCase()}`,
    )
  }
  return { algorithm: checksum.algorithm, value: Buffer.from(checksum.bytes).toString('base64') }
}
