import { counted, formatPercent } from '../../store/format.ts'
import { fullOsds, type Plan, type PlanFacts } from './plan.ts'

type Facts = Omit<PlanFacts, 'bytesOf'>
type Draft = Omit<Plan, 'warnings'>

/** Flags of a cluster that hold data back. */
const holdingFlags = ['norebalance', 'nobackfill', 'norecover', 'pauserd', 'pausewr']

/** What whoever carries a plan out should know, or what makes it less exact. */
export function warningsOf(facts: Facts, plan: Draft): string[] {
  return [shrunk(plan), full(facts, plan), notClean(facts), down(facts), splitting(facts), flags(facts)].filter(
    (warning) => warning !== undefined,
  )
}

function shrunk({ pools }: Draft): string | undefined {
  const poor = pools.filter(({ shrunkPgs }) => shrunkPgs > 0)
  if (poor.length === 0) return undefined
  const list = poor.map(({ name, shrunkPgs }) => `${counted(shrunkPgs, 'placement group')} of ${name}`).join(', ')
  return `${list} would have fewer copies or chunks than now: there is no place for all of them`
}

function full({ dump }: Facts, { osds }: Draft): string | undefined {
  const list = fullOsds(osds, dump).map(({ id, fillAfter }) => `osd.${id} ${formatPercent(fillAfter ?? 0)}`)
  return list.length === 0
    ? undefined
    : `fuller than nearfull (${formatPercent(dump.nearfull_ratio)}): ${list.join(', ')}`
}

function notClean({ stats }: Facts): string | undefined {
  const count = stats.filter(({ state }) => !/^active\+clean(\+|$)/.test(state)).length
  if (count === 0) return undefined
  return `${counted(count, 'placement group')} not clean now: what they still have to move comes on top`
}

function down({ dump }: Facts): string | undefined {
  const list = dump.osds.filter((osd) => osd.up !== 1 && osd.in === 1).map(({ osd }) => `osd.${osd}`)
  return list.length === 0 ? undefined : `down now, and so without data here: ${list.join(', ')}`
}

function splitting({ dump }: Facts): string | undefined {
  const list = dump.pools.filter(
    ({ pg_num, pg_placement_num, pg_num_target = pg_num, pg_placement_num_target = pg_placement_num }) =>
      pg_num !== pg_num_target || pg_placement_num !== pg_placement_num_target,
  )
  if (list.length === 0) return undefined
  return `${list.map(({ pool_name }) => pool_name).join(', ')}: the number of placement groups is being changed; this is for the number of now`
}

function flags({ dump }: Facts): string | undefined {
  const set = dump.flags_set.filter((flag) => holdingFlags.includes(flag))
  return set.length === 0 ? undefined : `${set.join(', ')} set: data moves when that is unset`
}
