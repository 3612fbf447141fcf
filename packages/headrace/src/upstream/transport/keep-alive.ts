import type { UpstreamLimits } from '../limits.ts'
import type { ReplyHead } from './reply-head.ts'

/** Whether the connection may be used again after this reply (RFC 9112, section 9.3). */
export function keepsAlive({ headers, minorVersion }: ReplyHead): boolean {
  const options = headers.get('connection')?.toLowerCase()
  if (options === undefined) return minorVersion === 1
  if (hasOption(options, 'close')) return false
  return minorVersion === 1 || hasOption(options, 'keep-alive')
}

function hasOption(options: string, wanted: string): boolean {
  return options === wanted || options.split(',').some((option) => option.trim() === wanted)
}

/** How long the connection may be idle after this reply, in ms, so that we close it before the upstream does. */
export function idleTimeoutOf({ headers }: ReplyHead, limits: UpstreamLimits): number {
  const announced = headers.get('keep-alive')
  if (announced === undefined) return limits.idleTimeoutMs
  const seconds = /(?:^|[,; \t])timeout=(\d{1,9})(?![^,; \t])/i.exec(announced)?.[1]
  if (seconds === undefined) return limits.idleTimeoutMs
  const ms = Number(seconds) * 1000 - limits.announcedIdleMarginMs
  return Math.max(0, Math.min(ms, limits.announcedIdleTimeoutMsMax))
}
