import { toWeight } from '@headrace/crush'
import { type Command, InvalidArgumentError } from 'commander'
import { counted } from '../store/format.ts'
import { addOsds } from './plan/add-osds.ts'
import { makePlan, readFacts } from './plan/plan.ts'
import { showPlan } from './show-plan.ts'
import { type CephContext, type CephOptions, subcommand, withCeph } from './subcommand.ts'

interface PlanAddOptions extends CephOptions {
  readonly osd: number
  readonly host: readonly string[]
  readonly class?: string
  readonly count: number
  readonly parent?: string
  readonly pgs?: boolean
}

export function planAddCommand(context: CephContext): Command {
  const asks = ['crushDump', 'osdDump', 'pgDump', 'osdDf'] as const
  return subcommand('plan-add', 'Predict what adding OSDs would move. Nothing is changed.', asks)
    .requiredOption('--osd <weight>', 'CRUSH weight of each, by custom its size in TiB', weight)
    .requiredOption('--host <name...>', 'hosts that they are in; new ones are made')
    .option('--count <number>', 'OSDs on each host', count, 1)
    .option('--class <name>', 'device class (default: that of all others)')
    .option('--parent <name>', 'crush bucket for new hosts, such as a rack (default: the only root)')
    .option('--pgs', 'list the placement groups too')
    .action((options: PlanAddOptions) =>
      withCeph(context, options, async ({ source, show }) => {
        const facts = await readFacts(source)
        const { osd, host: hosts, count: countPerHost, class: deviceClass, parent } = options
        const { state, osds } = addOsds(facts.state, {
          weight: osd,
          hosts,
          countPerHost,
          ...(deviceClass !== undefined && { class: deviceClass }),
          ...(parent !== undefined && { parent }),
        })
        const plan = makePlan(facts, state)
        const newHosts = hosts.filter((name) => facts.state.map.buckets.every((bucket) => bucket.name !== name))
        const isUnsure = newHosts.length > 0 && !facts.knowsClassIds
        const warnings = [...(isUnsure ? [unsure] : []), ...plan.warnings]
        const names = osds.map(({ id, host }) => `osd.${id} on ${host}`).join(', ')
        const title = `If ${counted(osds.length, 'OSD')} came (${names}):`
        const reply = { added: osds, ...plan, warnings }
        show(reply, () => `${title}\n\n${showPlan(reply, options.pgs ?? false)}`)
      }),
    )
}

const unsure =
  'the JSON form of the CRUSH map lacks the ids of device classes, so shadows of the new hosts may get others: give --crush-dump the file of `ceph osd getcrushmap`'

function weight(text: string): number {
  const value = toWeight(Number(text))
  if (text.trim() === '' || !(value > 0 && value <= 0xffff0000))
    throw new InvalidArgumentError('It must be a weight above 0, such as 7.28.')
  return value
}

function count(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.')
  return Number(text)
}
