import type { Events } from '../../../core/events.ts'
import type { Drives } from './drives.ts'

/** How a drive does, as one process sees it: plain data, which goes over the link between processes. */
export interface DriveFigures {
  readonly device: number
  /** Three times slower than its peers. */
  readonly isSlow: boolean
  /** Of recent calls of up to 1 MiB, in milliseconds; 0 when there were none. */
  readonly readP95Ms: number
  readonly writeP95Ms: number
  /** Failed calls and bad blocks since the process began. */
  readonly errors: number
}

/** Counts what goes wrong with each drive, from the events of this process. */
export class DriveFaultCounts {
  readonly #byName = new Map<string, number>()

  /** The same events, counted on their way. */
  counting(events: Events): Events {
    return {
      ...events,
      driveFault: (fault) => {
        this.#byName.set(fault.drive, this.of(fault.drive) + 1)
        events.driveFault(fault)
      },
    }
  }

  /** @param name of the drive, as it calls itself */
  of(name: string): number {
    return this.#byName.get(name) ?? 0
  }
}

/** What this process can say of the drives that it has open. */
export function driveFigures(drives: Pick<Drives, 'all'>, faults: DriveFaultCounts): DriveFigures[] {
  return drives.all().map(({ device, drive, health: { isSlow, readP95Ms, writeP95Ms } }) => {
    return { device, isSlow, readP95Ms, writeP95Ms, errors: faults.of(drive.name) }
  })
}

/** The worst of what all processes say, by drive; errors are added up. */
export function worstFigures(reports: readonly (readonly DriveFigures[])[]): ReadonlyMap<number, DriveFigures> {
  const worst = new Map<number, DriveFigures>()
  for (const figures of reports.flat()) {
    const before = worst.get(figures.device)
    worst.set(figures.device, before === undefined ? figures : worse(before, figures))
  }
  return worst
}

function worse(a: DriveFigures, b: DriveFigures): DriveFigures {
  return {
    device: a.device,
    isSlow: a.isSlow || b.isSlow,
    readP95Ms: Math.max(a.readP95Ms, b.readP95Ms),
    writeP95Ms: Math.max(a.writeP95Ms, b.writeP95Ms),
    errors: a.errors + b.errors,
  }
}
