import { type DestinationStream, destination, type Logger, pino } from 'pino'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/**
 * The program's log: a JSON object a line on standard error, so that standard output stays free for what commands print.
 * @param role which process writes, such as `gateway 2`
 */
export function createLog(level: LogLevel, role: string, to: DestinationStream = destination(2)): Logger {
  return pino({ level, base: { role }, timestamp: pino.stdTimeFunctions.isoTime }, to)
}
