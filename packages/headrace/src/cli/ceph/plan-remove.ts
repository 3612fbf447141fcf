import { type Command, InvalidArgumentError } from 'commander'
import { counted } from '../store/format.ts'
import { makePlan, readFacts } from './plan/plan.ts'
import { predict } from './plan/predict.ts'
import { outOsds, removeOsds } from './plan/remove-osds.ts'
import { showPlan } from './show-plan.ts'
import { type CephContext, type CephOptions, subcommand, withCeph } from './subcommand.ts'

interface PlanRemoveOptions extends CephOptions {
  readonly pgs?: boolean
}

export function planRemoveCommand(context: CephContext): Command {
  const asks = ['crushDump', 'osdDump', 'pgDump', 'osdDf'] as const
  return subcommand('plan-remove', 'Predict what taking OSDs away would move. Nothing is changed.', asks)
    .argument('<osd...>', 'numbers of the OSDs, or names such as osd.3')
    .option('--pgs', 'list the placement groups too')
    .action((names: readonly string[], options: PlanRemoveOptions) =>
      withCeph(context, options, async ({ source, show }) => {
        const facts = await readFacts(source)
        const ids = [...new Set(names.map(osdNumber))]
        const unknown = ids.filter((id) => !facts.state.osdIds.has(id))
        if (unknown.length > 0)
          throw new Error(`The cluster has no ${osdNames(unknown)}; \`headrace ceph tree\` shows those it has.`)
        const plan = makePlan(facts, removeOsds(facts.state, ids))
        // Out first, as many do: the hosts weigh what they did until the OSDs are purged, so data moves twice.
        const out = outOsds(facts.state, ids)
        const purged = removeOsds(out, ids)
        const steps = [predict(facts.state, out, facts.bytesOf), predict(out, purged, facts.bytesOf)]
        const outFirstBytes = steps.flatMap(({ pools }) => pools).reduce((sum, pool) => sum + pool.movedBytes, 0)
        const reply = { removed: ids, ...plan, outFirstBytes }
        const title = `If ${counted(ids.length, 'OSD')} went (${osdNames(ids)}):`
        show(reply, () => `${title}\n\n${showPlan(reply, options.pgs ?? false)}`)
      }),
    )
}

function osdNumber(text: string): number {
  const [, id] = /^(?:osd\.)?(\d{1,9})$/.exec(text) ?? []
  if (id === undefined) throw new InvalidArgumentError('An OSD is named by its number, such as 3 or osd.3.')
  return Number(id)
}

function osdNames(ids: readonly number[]): string {
  return ids.map((id) => `osd.${id}`).join(', ')
}
