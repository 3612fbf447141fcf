import { FormatError } from '../../../core/bytes.ts'
import { jsonChecksum } from './checksum.ts'
import { requireVersion } from './codes.ts'

const formatVersion = 1

/** What makes a directory a drive of a store: `device.json` in it. */
export interface DeviceFile {
  /** Of the store that the drive belongs to. */
  readonly storeId: string
  /** Of the drive itself. */
  readonly deviceId: string
  /** Its number in the map, and in data rows. */
  readonly device: number
  readonly createdMs: number
}

export const deviceFileName = 'device.json'

/** JSON that people can read, with a checksum of the rest. */
export function encodeDeviceFile({ storeId, deviceId, device, createdMs }: DeviceFile): Buffer {
  const content = { storeId, deviceId, device, createdMs }
  return Buffer.from(`${JSON.stringify({ formatVersion, crc32c: jsonChecksum(content), ...content }, undefined, 2)}\n`)
}

/**
 * Files from before there were checksums are taken as they are.
 * @throws FormatError when it is not what was written, or was written by a newer program
 */
export function decodeDeviceFile(bytes: Buffer): DeviceFile {
  let parsed: Partial<DeviceFile> & { formatVersion?: number; crc32c?: string }
  try {
    parsed = JSON.parse(bytes.toString())
  } catch {
    throw new FormatError(`${deviceFileName} is not JSON`)
  }
  requireVersion(parsed.formatVersion ?? 0, formatVersion, deviceFileName)
  const { formatVersion: _, crc32c, ...content } = parsed
  if (crc32c !== undefined && crc32c !== jsonChecksum(content)) {
    throw new FormatError(`${deviceFileName} is damaged: its checksum does not match`)
  }
  const { storeId, deviceId, device, createdMs, ...others } = content
  if (
    typeof storeId !== 'string' ||
    typeof deviceId !== 'string' ||
    typeof device !== 'number' ||
    typeof createdMs !== 'number' ||
    Object.keys(others).length > 0
  ) {
    throw new FormatError(`${deviceFileName} has other fields than it should`)
  }
  return { storeId, deviceId, device, createdMs }
}
