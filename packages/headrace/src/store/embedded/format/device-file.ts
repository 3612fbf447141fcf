import { FormatError } from '../../../core/bytes.ts'
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

export function encodeDeviceFile(device: DeviceFile): Buffer {
  return Buffer.from(`${JSON.stringify({ formatVersion, ...device }, undefined, 2)}\n`)
}

/** @throws FormatError when it is not what was written, or was written by a newer program */
export function decodeDeviceFile(bytes: Buffer): DeviceFile {
  let parsed: Partial<DeviceFile> & { formatVersion?: number }
  try {
    parsed = JSON.parse(bytes.toString())
  } catch {
    throw new FormatError(`${deviceFileName} is not JSON`)
  }
  requireVersion(parsed.formatVersion ?? 0, formatVersion, deviceFileName)
  const { storeId, deviceId, device, createdMs } = parsed
  if (
    typeof storeId !== 'string' ||
    typeof deviceId !== 'string' ||
    typeof device !== 'number' ||
    typeof createdMs !== 'number'
  ) {
    throw new FormatError(`${deviceFileName} lacks a field`)
  }
  return { storeId, deviceId, device, createdMs }
}
