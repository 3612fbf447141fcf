// A step as three numbers, operation and two arguments: how the binary map stores it and `doRule` runs it.
import { choosingSteps, type RuleStep, settingSteps } from './crush-map.ts'

/** Number of every operation in the binary map. */
export const operation = { noop: 0, take: 1, emit: 4, ...choosingSteps, ...settingSteps } as const satisfies Record<
  RuleStep['op'],
  number
>

const names = new Map<number, RuleStep['op']>(
  Object.entries(operation).map(([name, number]) => [number, name as RuleStep['op']]),
)

/** The three numbers of a step. */
export function toStepNumbers(step: RuleStep): [operation: number, first: number, second: number] {
  const number = operation[step.op]
  if (step.op === 'take') return [number, step.item, 0]
  if ('count' in step) return [number, step.count, step.type]
  return 'value' in step ? [number, step.value, 0] : [number, 0, 0]
}

/** The step of three numbers; undefined when CRUSH has no such operation. */
export function fromStepNumbers(number: number, first: number, second: number): RuleStep | undefined {
  const op = names.get(number)
  if (op === undefined || op === 'noop' || op === 'emit') return op && { op }
  if (op === 'take') return { op, item: first }
  if (isChoosing(op)) return { op, count: first, type: second }
  return { op, value: first }
}

function isChoosing(op: keyof typeof choosingSteps | keyof typeof settingSteps): op is keyof typeof choosingSteps {
  return Object.hasOwn(choosingSteps, op)
}
