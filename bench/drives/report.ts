import { median } from '../report.ts'
import type { HealResult } from './heal.ts'
import type { HealRound } from './heal-round.ts'
import type { BesideResult, LoadOptions } from './heal-under-load.ts'
import type { MoveResult } from './moves.ts'
import type { CopyResult } from './plain-copy.ts'
import type { SizeResult } from './sizes.ts'
import type { SlowResult } from './slow-drive.ts'

const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(2)
const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`

export function movesTable(moves: readonly MoveResult[]): string[] {
  return [
    '## Bytes that move\n',
    'Each move was done: what the store counted when rows named the new chunks, beside what it had predicted, and, where a',
    'drive joined, the sizes of the files with chunks that it had afterwards. GiB. The steps between other numbers of drives,',
    'and plain CRUSH positions, are in [placement-moves](2026-11-21-placement-moves.md).\n',
    '| drives | stored | least | predicted | moved | moved ÷ least | files of the new drive | fill after, max ÷ mean | seconds |',
    '|---|---|---|---|---|---|---|---|---|',
    ...moves.map((move) =>
      row([
        `${move.from} → ${move.to}`,
        gib(move.storedBytes),
        gib(move.minimumBytes),
        gib(move.predictedBytes),
        gib(move.movedBytes),
        (move.movedBytes / move.minimumBytes).toFixed(3),
        move.fileBytes === undefined ? '' : gib(move.fileBytes),
        move.fillMaxToMean.toFixed(3),
        move.seconds.toFixed(0),
      ]),
    ),
    '\nGoal: moved at most 1.1 × the least, fill at most 1.05.\n',
  ]
}

function rate({
  readBytes,
  writtenBytes,
  seconds,
}: Pick<CopyResult, 'readBytes' | 'writtenBytes' | 'seconds'>): number {
  return (readBytes + writtenBytes) / 1e6 / seconds
}

export function healTable(rounds: readonly HealRound[]): string[] {
  const lines = rounds.map(({ heal, copy, mixedCopy }, index) =>
    row([
      index + 1,
      ...[heal.readBytes, heal.writtenBytes].map(gib),
      heal.seconds.toFixed(1),
      ...[heal, copy, mixedCopy].map((one) => rate(one).toFixed(0)),
      (rate(heal) / rate(copy)).toFixed(2),
      (rate(heal) / rate(mixedCopy)).toFixed(2),
      ...[heal.calls.readBytes, heal.calls.writtenBytes, heal.disk.readBytes, heal.disk.writtenBytes].map(gib),
      (heal.cpuMs / 1000).toFixed(1),
      `${heal.isFull ? 'full' : 'not full'}, ${heal.censusSeconds.toFixed(1)} s`,
    ]),
  )
  const middle = (of: (round: HealRound) => number) => median(rounds.map(of))
  const isCold = rounds.every((round) => round.isCold)
  return [
    '## Heal after the loss of one of seven drives\n',
    'The folder of a drive is taken away while the server runs; it has no journal, since what is made anew of that is no',
    'chunk. Nobody else uses the server. Beside it `cp` and `sync` copy as many bytes of the same files between the same',
    'folders, eight at a time; the second copy reads three files besides for each that it copies, as a rebuild of 4+2 reads',
    `four chunks for one. ${isCold ? 'The page cache is emptied before each.' : 'The page cache is as it is: this user cannot empty it.'} Rates are of bytes read and written.\n`,
    '| round | read GiB | written GiB | seconds | heal MB/s | copy MB/s | copy, 4 read MB/s | heal ÷ copy | heal ÷ copy, 4 read | read by calls GiB | written by calls GiB | read from disk GiB | written to disk GiB | CPU s | census after |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...lines,
    `\nMedians: heal ${middle(({ heal }) => rate(heal)).toFixed(0)} MB/s, copy ${middle(({ copy }) => rate(copy)).toFixed(0)} MB/s,`,
    `ratio **${middle(({ heal, copy }) => rate(heal) / rate(copy)).toFixed(2)}** (goal 0.5), to the copy that reads as much`,
    `${middle(({ heal, mixedCopy }) => rate(heal) / rate(mixedCopy)).toFixed(2)}. Read and written are what the store counts; calls and disk are of /proc/PID/io, of all`,
    'processes of the server, from the loss to the end of the census, the index and all else included.\n',
  ]
}

export function sizesTable(results: readonly SizeResult[]): string[] {
  const lines = results.map(({ objectBytes, rounds }) => {
    const middle = (of: (round: HealRound) => number) => median(rounds.map(of))
    return row([
      `${objectBytes / 1024} KiB`,
      middle(({ heal }) => rate(heal)).toFixed(0),
      middle(({ copy }) => rate(copy)).toFixed(0),
      middle(({ mixedCopy }) => rate(mixedCopy)).toFixed(0),
      middle(({ heal, copy }) => rate(heal) / rate(copy)).toFixed(2),
      middle(({ heal }) => heal.cpuMs / ((heal.readBytes + heal.writtenBytes) / 1e9)).toFixed(0),
      rounds.every(({ heal }) => heal.isFull) ? 'full' : 'not full',
    ])
  })
  return [
    '## Heal by size of the objects\n',
    'The same with a store for each size, 1 GiB in it. Objects of up to 128 KiB have three copies, larger ones 4+2. Medians.\n',
    '| objects of | heal MB/s | copy MB/s | copy, 4 read MB/s | heal ÷ copy | CPU ms per GB | census after |',
    '|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ]
}

export function loadTable(results: readonly BesideResult[], { ratePerS, seconds }: LoadOptions): string[] {
  const lines = results.map(({ alone, beside, heal, healedShare }, index) =>
    row([
      index + 1,
      ...[alone.p50Ms, beside.p50Ms, alone.p99Ms, beside.p99Ms].map((ms) => ms.toFixed(1)),
      (beside.p99Ms / alone.p99Ms).toFixed(2),
      `${Math.round(healedShare * 100)} %`,
      censusOf(heal),
    ]),
  )
  const ratio = median(results.map(({ alone, beside }) => beside.p99Ms / alone.p99Ms))
  return [
    '## Clients beside a heal\n',
    `GETs of objects of 4 KiB to 1 MiB, ${ratePerS} a second whatever the replies do, for ${seconds} s without a heal; then they go on`,
    'while a drive is lost, and those count that are due in as many seconds from the first chunk that is made anew.\n',
    '| round | p50 alone ms | p50 beside ms | p99 alone ms | p99 beside ms | p99 beside ÷ alone | healed meanwhile | census after |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
    `\nMedian of the ratio: **${ratio.toFixed(2)}** (goal at most 1.5).\n`,
  ]
}

function censusOf({ isFull }: HealResult): string {
  return isFull ? 'full' : 'not full'
}

export function slowTable(results: readonly SlowResult[], { ratePerS, seconds }: LoadOptions): string[] {
  const lines = results.map(({ healthy, slow, reads, hedges, rebuiltBlocks }, index) =>
    row([
      index + 1,
      ...[healthy.p50Ms, slow.p50Ms, healthy.p99Ms, slow.p99Ms].map((ms) => ms.toFixed(1)),
      (slow.p99Ms / healthy.p99Ms).toFixed(2),
      slow.maxMs.toFixed(0),
      reads,
      hedges,
      `${((hedges / reads) * 100).toFixed(1)} %`,
      rebuiltBlocks,
    ]),
  )
  const ratio = median(results.map(({ healthy, slow }) => slow.p99Ms / healthy.p99Ms))
  const extra = median(results.map(({ reads, hedges }) => (hedges / reads) * 100))
  return [
    '## One drive of seven a second late with every call\n',
    `GETs of 1 MiB, ${ratePerS} a second for ${seconds} s, with all drives well and with one that \`headrace fault drive ID --delay 1s\` has`,
    'made slow a moment before the first GET.\n',
    '| round | p50 well ms | p50 slow ms | p99 well ms | p99 slow ms | p99 slow ÷ well | worst ms | reads of drives | sent in addition | share | blocks rebuilt |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...lines,
    `\nMedians: p99 **${ratio.toFixed(2)}** × (goal at most 2), reads sent in addition **${extra.toFixed(1)} %** (goal at most 5 %).\n`,
  ]
}
