import type { Body, BodySummary, BodyWants, Checksum } from '@headrace/s3'

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

/** The checksum that came with a body, as it is kept with the object. */
export function checksumOf({ checksum }: BodySummary): Checksum | undefined {
  if (checksum === undefined) return undefined
  return { algorithm: checksum.algorithm, type: 'FULL_OBJECT', value: Buffer.from(checksum.bytes).toString('base64') }
}
