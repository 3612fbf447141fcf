import type { RequestNotes, TrailStep } from './context.ts'

/** Steps of one request that are kept. A body that is continued again and again has no end of them. */
export const trailStepsMax = 64

/** Writes down a step of a request, when somebody wants to know. Whoever writes makes no text that costs anything. */
export function addStep({ trail }: RequestNotes, step: TrailStep): void {
  if (trail === undefined || trail.length > trailStepsMax) return
  trail.push(trail.length < trailStepsMax ? step : { atMs: step.atMs, by: 'trail', what: 'more was done than is kept' })
}
