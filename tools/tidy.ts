// House rules that no linter knows: which room may import which, calls that only their owner may make, sizes.
// Run by `npm run check`; the rules themselves are tested in tidy.test.ts.
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Finding {
  file: string
  line: number
  level: 'error' | 'warning'
  message: string
}

/** Rooms of packages/headrace/src, each with the rooms and packages it may import (itself always). */
export const rooms: Record<string, readonly string[]> = {
  core: ['@headrace/s3'],
  config: ['core'],
  observe: ['core', '@headrace/s3'],
  identity: ['core', 'observe', '@headrace/s3'],
  layers: ['core', 'observe', 'identity', '@headrace/s3'],
  upstream: ['core', 'observe', '@headrace/s3'],
  store: ['core', 'observe', 'upstream', '@headrace/s3', '@headrace/crush', '@headrace/erasure'],
  front: ['core', 'observe', 'identity', '@headrace/s3'],
  work: ['core', 'observe', 'store'],
  admin: ['core', 'config', 'observe', 'identity', 'layers', 'upstream', 'store', 'front', 'work', '@headrace/s3'],
  processes: ['*'],
  cli: ['*'],
}

const packages: Record<string, readonly string[]> = { crush: [], erasure: [], s3: ['@node-rs/crc32'] }

/** Calls that make runs differ, or reach outside; each is allowed only in the files that own it. */
const owned: { pattern: RegExp; instead: string; owners: readonly RegExp[] }[] = [
  { pattern: /\bDate\.now\(|\bnew Date\(\)/, instead: 'clock.now()', owners: [/core\/runtime\.ts$/] },
  { pattern: /\bperformance\.now\(|\bhrtime\b/, instead: 'clock.monotonic()', owners: [/core\/runtime\.ts$/] },
  { pattern: /\bMath\.random\(/, instead: 'random.next()', owners: [/core\/runtime\.ts$/] },
  { pattern: /\brandomBytes\(|\brandomUUID\(/, instead: 'random.bytes()', owners: [/core\/runtime\.ts$/] },
  { pattern: /\bset(Timeout|Interval)\(/, instead: 'clock.after()', owners: [/core\/runtime\.ts$/] },
  { pattern: /\bprocess\.env\b/, instead: 'the settings', owners: [/src\/cli\//, /src\/processes\/supervisor\.ts$/] },
  { pattern: /(?<![\w.])fetch\(/, instead: 'an upstream', owners: [/src\/cli\//] },
]

/** Of an import or export on one line, the end of one on several, one for its effects, and one at run time. */
const importSpecifier =
  /^\s*(?:import|export)\b.*?\bfrom\s+'([^']+)'|^\s*\}\s*from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/

const linesWarn = 400
const linesMax = 600
const linesMaxTest = 800
const entriesMax = 25

export function checkFile(file: string, text: string): Finding[] {
  const lines = text.split('\n')
  const findings: Finding[] = []
  const report = (line: number, message: string, level: Finding['level'] = 'error') =>
    findings.push({ file, line, level, message })
  const isTest = /\.test\.ts$|\/test\/|\/sim\/|^acceptance\/|^bench\/|^tools\/|\/tools\/|\/bench\//.test(file)

  if (lines.length > (isTest ? linesMaxTest : linesMax)) report(1, `${lines.length} lines: split it`)
  else if (lines.length > (isTest ? linesMax : linesWarn))
    report(1, `${lines.length} lines: consider a split`, 'warning')

  lines.forEach((line, index) => {
    if (!isTest && !/^\s*(\/\/|\*|\/\*)/.test(line)) {
      for (const { pattern, instead, owners } of owned) {
        if (pattern.test(line) && !owners.some((owner) => owner.test(file))) {
          report(index + 1, `${pattern.exec(line)?.[0]} is its owner's alone: use ${instead}`)
        }
      }
    }
    const target = importSpecifier.exec(line)?.slice(1).find(Boolean)
    if (target !== undefined && !isTest) {
      const problem = importProblem(file, target)
      if (problem !== undefined) report(index + 1, problem)
    }
  })
  return findings
}

/** Why `file` may not import `target`, or undefined when it may. */
export function importProblem(file: string, target: string): string | undefined {
  const [, packageName = '', inside = ''] = /^packages\/([^/]+)\/src\/(.*)$/.exec(file) ?? []
  if (packageName === '') return undefined
  const resolved = target.startsWith('.') ? new URL(target, `file:///${file}`).pathname.slice(1) : target
  if (target.startsWith('.') && !resolved.startsWith(`packages/${packageName}/`)) {
    return `${target} leaves the package: import it by its name`
  }
  if (packageName !== 'headrace') {
    if (target.startsWith('.') || target.startsWith('node:')) return undefined
    return packages[packageName]?.includes(target) ? undefined : `packages/${packageName} may not import ${target}`
  }
  const room = inside.includes('/') ? inside.slice(0, inside.indexOf('/')) : ''
  if (room === '') return undefined // assemble.ts and main.ts are the composition root
  const allowed = rooms[room]
  if (allowed === undefined) return `room ${room} is not in the table of tools/tidy.ts`
  if (allowed.includes('*')) return undefined
  if (target.startsWith('@headrace/')) {
    return allowed.includes(target) ? undefined : `${room} may not import ${target}`
  }
  if (!target.startsWith('.')) return undefined
  const targetRoom = /^packages\/headrace\/src\/([^/]+)\//.exec(resolved)?.[1]
  if (targetRoom === undefined) return `${room} may not import the composition root`
  return targetRoom === room || allowed.includes(targetRoom) ? undefined : `${room} may not import ${targetRoom}`
}

export function checkFolders(files: readonly string[]): Finding[] {
  const entries = new Map<string, Set<string>>()
  for (const file of files) {
    if (!/\/src\//.test(file) || /\.test\.ts$/.test(file)) continue
    const parts = file.split('/')
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/')
      const names = entries.get(folder) ?? new Set()
      names.add(parts[depth] ?? '')
      entries.set(folder, names)
    }
  }
  const crowded = [...entries].filter(([, names]) => names.size > entriesMax)
  return crowded.map(([folder, names]) => ({
    file: folder,
    line: 1,
    level: 'error',
    message: `${names.size} entries: a folder holds at most ${entriesMax}`,
  }))
}

function main(): void {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const files = globSync('{packages,acceptance,bench,tools}/**/*.ts', {
    cwd: root,
    exclude: (name) => /node_modules|^dist$/.test(name),
  })
  const findings = files.flatMap((file) => checkFile(file, readFileSync(`${root}${file}`, 'utf8')))
  findings.push(...checkFolders(files))
  for (const { file, line, level, message } of findings) console.log(`${level} ${file}:${line} ${message}`)
  const errors = findings.filter((finding) => finding.level === 'error').length
  if (errors > 0) process.exit(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
