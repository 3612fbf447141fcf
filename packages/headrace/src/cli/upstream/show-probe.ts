import type { Advice } from '../../store/remote/capability/advice.ts'
import type { Ledger } from '../../store/remote/capability/ledger.ts'
import type { ProbeResult } from '../../store/remote/capability/probe-upstream.ts'
import { formatMs } from '../store/format.ts'
import { facts } from '../store/table.ts'

export interface ShownProbe extends ProbeResult {
  readonly url: string
  readonly advice: readonly Advice[]
  /** Undefined when it was not kept. */
  readonly savedTo: string | undefined
  readonly columns: number
}

/** What was found, what it means, and what is to be done; the worst comes first. */
export function showProbe(probe: ShownProbe): string {
  const { url, ledger, advice, undecided, leftBehind, savedTo, columns } = probe
  const areaWidth = Math.max(...advice.map(({ area }) => area.length))
  const lines = advice.map(({ area, level, text }) => [`${level}  ${area.padEnd(areaWidth)}  `, text] as const)
  const notes = [
    ...undecided.map(({ probe, reason }) => `Not found out: ${probe}, since ${reason}. What is assumed stands for it.`),
    leftBehind === undefined ? undefined : `Something that was written is still there: ${leftBehind}`,
    savedTo === undefined
      ? 'Nothing was kept: --save lets `headrace serve --upstream` go by it.'
      : `Kept in ${savedTo}; servers that start from now on go by it.`,
  ]
  return [
    facts([['Endpoint', ledger.server === undefined ? url : `${url} (${ledger.server})`], ...ledgerFacts(ledger)]),
    '',
    ...lines.map(([head, text]) => wrapped(head, text, columns)),
    '',
    ...notes.filter((note) => note !== undefined),
  ].join('\n')
}

function ledgerFacts(ledger: Ledger): [string, string][] {
  const { conditions, checksums, bodies, listing, ranges, partNumber, timing } = ledger
  const { completeSize, deleteObjectsChecksum, objectAttributes, tagging, acls, versioning } = ledger
  const rows: [string, string][] = [
    ['Conditions', pairs(conditions)],
    ['Checksums', pairs(checksums)],
    ['Bodies', `${pairs(bodies)}, 100-continue ${ledger.expectContinue}`],
    ['Ranges', pairs(ranges)],
    ['Listing', pairs(listing)],
    ['Parts', partNumber],
    ['Features', pairs({ tagging, acls, versioning, objectAttributes, completeSize, deleteObjectsChecksum })],
  ]
  if (timing !== undefined) {
    const { firstByteMs, bodyAfterHeadMs } = timing
    rows.push(['Small reads', `head after ${formatMs(firstByteMs)}, body ${formatMs(bodyAfterHeadMs)} later`])
  }
  return rows
}

/** `put atomic, copySource ignored`; what is said with yes and no as words. */
function pairs(values: object): string {
  const word = (value: unknown) => (value === true ? 'yes' : value === false ? 'no' : String(value))
  return Object.entries(values)
    .map(([name, value]) => `${name} ${word(value)}`)
    .join(', ')
}

const textWidthMin = 40

/** Text behind a head, on as many lines as it takes. */
function wrapped(head: string, text: string, columns: number): string {
  const width = Math.max(textWidthMin, columns - head.length)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return head + [...lines, line].join(`\n${' '.repeat(head.length)}`)
}
