import {
  type Body,
  type BodySummary,
  type BodyWants,
  type Checksum,
  type ChecksumAlgorithm,
  createChecksum,
  type ObjectReader,
} from '@headrace/s3'

/** Reads a whole body into memory. */
export async function readBody(body: Body, wants: BodyWants): Promise<{ bytes: Buffer; summary: BodySummary }> {
  const chunks: Buffer[] = []
  const summary = await body.readInto(
    {
      write(chunk) {
        chunks.push(Buffer.from(chunk))
        return undefined
      },
    },
    wants,
  )
  return { bytes: Buffer.concat(chunks), summary }
}

/** Reads an object to its end for the sake of its checksum. */
export async function digestObject(
  reader: Pick<ObjectReader, 'readInto'>,
  algorithm: ChecksumAlgorithm,
): Promise<Buffer> {
  const digest = createChecksum(algorithm)
  await reader.readInto({
    write(chunk) {
      digest.update(chunk)
      return undefined
    },
  })
  return digest.digest()
}

/** The checksum that came with a body, as it is kept with the object. */
export function checksumOf({ checksum }: BodySummary): Checksum | undefined {
  if (checksum === undefined) return undefined
  return { algorithm: checksum.algorithm, type: 'FULL_OBJECT', value: Buffer.from(checksum.bytes).toString('base64') }
}
