import { type BodySummary, type ChecksumAlgorithm, checksumBytes, checksumHeader } from '@headrace/s3'
import type { Ledger } from '../capability/ledger.ts'
import type { RemoteStoreOptions } from '../remote-options.ts'
import { notSupported } from '../store-errors.ts'

/** A checksum that came with a body; its bytes are not known yet when they come behind it. */
export interface AnnouncedChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly bytes?: Uint8Array | undefined
}

/** How a checksum goes along with a body. */
export type ChecksumPassage =
  | { readonly kind: 'none' }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }
  | { readonly kind: 'trailer'; readonly name: string; readonly valueBytes: number }

/** Whether an upstream compares a checksum of this kind. */
export function takesChecksum({ checksums }: Ledger, algorithm: ChecksumAlgorithm): boolean {
  return checksums[algorithm] === 'kept' || checksums[algorithm] === 'checked'
}

/** Base64 takes four characters for three bytes. */
function base64Bytes(algorithm: ChecksumAlgorithm): number {
  return Math.ceil(checksumBytes(algorithm) / 3) * 4
}

/**
 * Decides what becomes of the checksum of a body on its way to an upstream. One that the upstream does not take was, or
 * will be, verified here; that it is not kept, the reply shows, which does not name it.
 * @param hasTrailers whether this body is sent in a way that lets a checksum follow it
 * @throws S3Error NotImplemented when checksums that are not kept are to be refused
 */
export function passChecksum(
  announced: AnnouncedChecksum | undefined,
  { ledger, unkeptChecksums }: { ledger: Ledger } & Pick<RemoteStoreOptions, 'unkeptChecksums'>,
  hasTrailers: boolean,
): ChecksumPassage {
  if (announced === undefined) return { kind: 'none' }
  const { algorithm, bytes } = announced
  const name = checksumHeader(algorithm)
  if (takesChecksum(ledger, algorithm)) {
    if (bytes !== undefined) return { kind: 'header', name, value: Buffer.from(bytes).toString('base64') }
    if (hasTrailers) return { kind: 'trailer', name, valueBytes: base64Bytes(algorithm) }
  }
  if (unkeptChecksums === 'refuse') throw notSupported(`The upstream does not keep a checksum of the kind ${algorithm}`)
  return { kind: 'none' }
}

/** The trailer of a body, now that it is known. */
export function trailerOf(name: string, { checksum }: BodySummary): readonly [string, string] {
  return [name, Buffer.from(checksum?.bytes ?? []).toString('base64')]
}
