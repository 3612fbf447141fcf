// The same work by other programs, where they are installed; a row says what to install where they are not.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface PeerRow {
  what: string
  gigabytesPerSecond: number
}

/** ISA-L, the library behind Ceph's isa plugin, through bench/isal.c. */
export function isalRates(shape: { k: number; m: number; chunkBytes: number; coldBytes: number }): PeerRow[] {
  const { k, m, chunkBytes, coldBytes } = shape
  const folder = mkdtempSync(join(tmpdir(), 'isal-'))
  try {
    const program = join(folder, 'isal')
    const source = fileURLToPath(new URL('isal.c', import.meta.url))
    const built = spawnSync('gcc', ['-O2', '-o', program, source, '-lisal'], { stdio: 'ignore' })
    if (built.status !== 0) return missing('ISA-L (apt-get install gcc libisal-dev)')
    const coldStripes = Math.floor(coldBytes / (k * chunkBytes))
    return [
      ['', 1],
      [', cold', coldStripes],
    ].flatMap(([heat, stripes]) => {
      const { stdout } = spawnSync(program, [k, m, chunkBytes, stripes].map(String), { encoding: 'utf8' })
      const [encode = 0, rebuild = 0] = stdout.split(' ').map(Number)
      return [
        { what: `${k} + ${m} encode, ISA-L${heat}`, gigabytesPerSecond: encode },
        { what: `${k} + ${m} rebuild one, ISA-L${heat}`, gigabytesPerSecond: rebuild },
      ]
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Ceph's own benchmark; it prints seconds and KiB. */
export function cephRates(shape: { k: number; m: number; chunkBytes: number }): PeerRow[] {
  const { k, m, chunkBytes } = shape
  const program = 'ceph_erasure_code_benchmark'
  const profile = ['--parameter', `k=${k}`, '--parameter', `m=${m}`, '--parameter', 'technique=cauchy']
  const size = ['--size', String(k * chunkBytes), '--iterations', '2000']
  const rows: PeerRow[] = []
  for (const [what, workload] of [
    ['encode', ['--workload', 'encode']],
    ['rebuild one', ['--workload', 'decode', '--erasures', '1']],
  ] as const) {
    const result = spawnSync(program, ['--plugin', 'isa', ...profile, ...size, ...workload], { encoding: 'utf8' })
    if (result.error !== undefined) return missing(`${program} (of Ceph's own test packages; Debian leaves it out)`)
    const [seconds = Number.NaN, kibibytes = Number.NaN] = result.stdout.trim().split(/\s+/).map(Number)
    rows.push({ what: `${k} + ${m} ${what}, ${program}`, gigabytesPerSecond: (kibibytes * 1024) / seconds / 1e9 })
  }
  return rows
}

function missing(what: string): PeerRow[] {
  return [{ what: `not installed: ${what}`, gigabytesPerSecond: Number.NaN }]
}
