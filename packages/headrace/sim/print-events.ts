import { type Events, silentEvents } from '../src/core/events.ts'

/** Prints everything that is told, with the simulated time. */
export function printEvents(now: () => number): Events {
  const print = (fields: object, message: string) => {
    const error = 'err' in fields && fields.err instanceof Error ? { err: fields.err.stack } : {}
    const shown = JSON.stringify({ ...fields, ...error })
    console.log(`${(now() / 1000).toFixed(3).padStart(10)} ${message}${shown === '{}' ? '' : ` ${shown}`}`)
  }
  return {
    ...silentEvents,
    log: { debug: print, info: print, warn: print, error: print },
    driveFault({ drive, what, error }) {
      print({}, `${drive}: ${what}: ${error instanceof Error ? error.message : error}`)
    },
  }
}
