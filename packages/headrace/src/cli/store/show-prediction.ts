import type { Prediction } from '../../admin/store-reports.ts'
import { formatBytes, formatCount, formatRatio } from './format.ts'
import { showProfile } from './show-status.ts'
import { facts, right, table } from './table.ts'

/** What a change of drives would move, in total against the minimum, and by drive. */
export function showPrediction(prediction: Prediction): string {
  const { movedBytes, minimumBytes, plainIndepBytes, reencodeBytes, sampledRows, rows } = prediction
  const total = facts([
    ['To be moved', `${formatBytes(movedBytes)} (${formatRatio(movedBytes, minimumBytes)} the minimum)`],
    ['Minimum', formatBytes(minimumBytes)],
    ['Plain indep', `${formatBytes(plainIndepBytes)} (what positions straight from CRUSH would move)`],
    ['To be re-encoded', formatBytes(reencodeBytes)],
    sampledRows < rows
      ? ['Sample', `${formatCount(sampledRows)} of ${formatCount(rows)} data rows, scaled up`]
      : undefined,
    ...profileChange(prediction),
    ...prediction.warnings.map((warning) => ['Warning', warning] as const),
  ])
  const drives = prediction.drives.map(({ id, path, inBytes, outBytes }) => [
    id === null ? 'new' : String(id),
    formatBytes(inBytes),
    formatBytes(outBytes),
    path,
  ])
  return `${total}\n\n${table(['DRIVE', right('IN'), right('OUT'), 'FOLDER'], drives)}`
}

function profileChange({ profilesBefore, profilesAfter }: Prediction): (readonly [string, string])[] {
  const before = profilesBefore.map(showProfile)
  const after = profilesAfter.map(showProfile)
  return [
    ...before.filter((text) => !after.includes(text)).map((text) => ['Profile now', text] as const),
    ...after.filter((text) => !before.includes(text)).map((text) => ['Profile then', text] as const),
  ]
}
