import type { Fault } from '../../store/embedded/drive/faulty-drive.ts'
import { AdminError } from '../admin-error.ts'
import type { DriveFault } from '../store-reports.ts'
import { type AdminContext, requireDrive } from './admin-context.ts'
import type { FaultSetting } from './store-parts.ts'

interface Faults {
  readonly faults: readonly DriveFault[]
}

/** The faults that drives are made to have now. */
export function listFaults({ parts: { faults, store } }: AdminContext): Faults {
  const { devices } = store.maps.current.map
  const all = [...(faults?.all ?? [])].filter(([device]) => devices.some(({ id }) => id === device))
  return { faults: all.sort(([a], [b]) => a - b).map(([drive, fault]) => told(drive, fault)) }
}

/** Makes a drive fail in every process, until it is cleared or the server ends. */
export function setFault(context: AdminContext, { drive, ...fault }: DriveFault): Faults {
  const setting = requireAllowed(context)
  requireDrive(context.parts.store.maps.current.map, drive)
  const { delayMs, errorCode, flipsBits, calls } = fault
  if (delayMs === 0 && errorCode === null && !flipsBits) {
    throw new AdminError('InvalidRequest', 'This fault does nothing.', 'Name a delay, an error, or flipped bits.')
  }
  if (flipsBits && calls === 'write') {
    throw new AdminError(
      'InvalidRequest',
      'Bits are flipped in what is read.',
      'Let the fault be for reads, or for all.',
    )
  }
  setting.setFault(drive, fault)
  context.parts.spreadFaults([...setting.all])
  return listFaults(context)
}

export function clearFaults(context: AdminContext, drive: number | null): Faults {
  const setting = requireAllowed(context)
  if (drive !== null) requireDrive(context.parts.store.maps.current.map, drive)
  for (const device of drive === null ? [...setting.all.keys()] : [drive]) setting.setFault(device, undefined)
  context.parts.spreadFaults([...setting.all])
  return listFaults(context)
}

function requireAllowed({ parts: { faults } }: AdminContext): FaultSetting {
  if (faults !== undefined) return faults
  throw new AdminError(
    'FaultsNotAllowed',
    'This server does not let drives be made to fail.',
    'Start it with --allow-faults, on a store that holds nothing dear.',
  )
}

function told(drive: number, fault: Fault): DriveFault {
  const { calls = 'all', delayMs = 0, errorCode = null, flipsBits = false, probability = 1 } = fault
  // Faults come by this interface only, which has no other codes.
  return { drive, calls, delayMs, errorCode: errorCode as DriveFault['errorCode'], flipsBits, probability }
}
