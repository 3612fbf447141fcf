import type { ChooseArgsSet, CrushBucket, CrushMap, CrushRule, RuleStep } from '../map/crush-map.ts'
import { nameOf, namesById, typeNameOf } from '../map/names.ts'
import { shadowIdsOf } from '../map/shadows.ts'
import { tunableNames, tunableProfiles } from '../map/tunables.ts'
import { formatWeight } from '../map/weight.ts'

export interface FormatOptions {
  /**
   * Digits after the point of every weight. By default as many as the weight needs to be read back exactly, at least
   * three; 3 gives the very text of `crushtool -d` (16.2), which loses what lies below a thousandth.
   */
  readonly weightDigits?: number
}

const algorithmNotes: Partial<Record<CrushBucket['algorithm'], (size: number) => string>> = {
  uniform: (size) => `\t# do not change bucket size (${size}) unnecessarily`,
  list: () => '\t# add new items at the end; do not change order unnecessarily',
  tree: () => '\t# do not change pos for existing items unnecessarily',
}

/** Writes the text form of a map, which `parseTextMap` and `crushtool -c` read. Shadows appear by their ids only. */
export function formatTextMap(map: CrushMap, options: FormatOptions = {}): string {
  const weight = (value: number) => formatWeight(value, options.weightDigits)
  const nameById = namesById(map)
  const shadowIds = shadowIdsOf(map)
  const sections = [
    ['# begin crush map', ...tunableLines(map)],
    ['# devices', ...deviceLines(map)],
    ['# types', ...map.types.map(({ id, name }) => `type ${id} ${name}`)],
    [
      '# buckets',
      ...bucketsInOrder(map).flatMap((bucket) => bucketLines(map, bucket, nameById, shadowIds.get(bucket.id), weight)),
    ],
    ['# rules', ...map.rules.flatMap((rule) => ruleLines(map, rule))],
    ...(map.chooseArgs.length > 0
      ? [['# choose_args', ...map.chooseArgs.flatMap((set) => setLines(set, weight))]]
      : []),
    ['# end crush map'],
  ]
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

/** Only tunables that differ from what a text without them means. */
function tunableLines({ tunables }: CrushMap): string[] {
  return Object.entries(tunableNames)
    .filter(([, key]) => tunables[key] !== tunableProfiles.argonaut[key])
    .map(([name, key]) => `tunable ${name} ${tunables[key]}`)
}

function deviceLines({ devices }: CrushMap): string[] {
  return devices.map(({ id, name, class: deviceClass }) =>
    deviceClass === undefined ? `device ${id} ${name}` : `device ${id} ${name} class ${deviceClass}`,
  )
}

/** Crush buckets by falling id, except that what a bucket holds comes before it. */
function bucketsInOrder(map: CrushMap): CrushBucket[] {
  const byId = new Map(map.buckets.filter(({ shadow }) => !shadow).map((bucket) => [bucket.id, bucket]))
  const ordered = new Set<CrushBucket>()
  const visit = (bucket: CrushBucket) => {
    for (const { id } of bucket.items) {
      const below = byId.get(id)
      if (below !== undefined && !ordered.has(below)) visit(below)
    }
    ordered.add(bucket)
  }
  for (const bucket of [...byId.values()].sort((a, b) => b.id - a.id)) if (!ordered.has(bucket)) visit(bucket)
  return [...ordered]
}

function bucketLines(
  map: CrushMap,
  bucket: CrushBucket,
  nameById: (id: number) => string,
  shadowIds: ReadonlyMap<string, number> | undefined,
  weight: (value: number) => string,
): string[] {
  const size = bucket.items.length
  const classes = map.classes.filter((each) => shadowIds?.has(each.name))
  const positioned = bucket.algorithm === 'uniform' || bucket.algorithm === 'tree'
  return [
    `${typeNameOf(map, bucket.type)} ${bucket.name} {`,
    `\tid ${bucket.id}\t\t# do not change unnecessarily`,
    ...classes.map((each) => `\tid ${shadowIds?.get(each.name)} class ${each.name}\t\t# do not change unnecessarily`),
    `\t# weight ${weight(bucket.weight)}`,
    `\talg ${bucket.algorithm}${algorithmNotes[bucket.algorithm]?.(size) ?? ''}`,
    '\thash 0\t# rjenkins1',
    ...bucket.items.map(
      (item, index) => `\titem ${nameById(item.id)} weight ${weight(item.weight)}${positioned ? ` pos ${index}` : ''}`,
    ),
    '}',
  ]
}

function ruleLines(map: CrushMap, rule: CrushRule): string[] {
  const note =
    rule.ruleset === undefined
      ? []
      : [`\t# WARNING: ruleset ${rule.ruleset} != id ${rule.id}; this will not recompile to the same map`]
  return [
    `rule ${rule.name} {`,
    `\tid ${rule.id}`,
    ...note,
    `\ttype ${rule.kind}`,
    `\tmin_size ${rule.minSize}`,
    `\tmax_size ${rule.maxSize}`,
    ...rule.steps.map((step) => `\tstep ${formatStep(map, step)}`),
    '}',
  ]
}

/** A step as the text form writes it: `take default class ssd`, `chooseleaf firstn 0 type host`. */
export function formatStep(map: CrushMap, step: RuleStep): string {
  if (step.op === 'take') {
    const shadow = map.buckets.find((bucket) => bucket.id === step.item)?.shadow
    const name = nameOf(map, shadow?.of ?? step.item)
    return shadow === undefined ? `take ${name}` : `take ${name} class ${shadow.class}`
  }
  if ('count' in step) return `${step.op.replace('_', ' ')} ${step.count} type ${typeNameOf(map, step.type)}`
  return 'value' in step ? `${step.op} ${step.value}` : step.op
}

function setLines(set: ChooseArgsSet, weight: (value: number) => string): string[] {
  const entries = set.args.flatMap(({ bucket, weightSet, ids }) => [
    '  {',
    `    bucket_id ${bucket}`,
    ...(weightSet?.length
      ? ['    weight_set [', ...weightSet.map((row) => `      [ ${row.map(weight).join(' ')} ]`), '    ]']
      : []),
    ...(ids?.length ? [`    ids [ ${ids.join(' ')} ]`] : []),
    '  }',
  ])
  return [`choose_args ${set.id} {`, ...entries, '}']
}
