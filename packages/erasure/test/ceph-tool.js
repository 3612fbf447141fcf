// Ceph's own program, as the recorder of the corpus and the live tests run it.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
export const cephTool = 'ceph-erasure-code-tool'
/** All k + m chunks of some bytes, by Ceph. */
export function cephEncode({ technique, k, m, unitBytes }, bytes) {
  return inFolder((file) => {
    writeFileSync(file, bytes)
    const indexes = Array.from({ length: k + m }, (_, index) => index)
    runCeph(['encode', profileText({ technique, k, m }), String(unitBytes), indexes.join(','), file])
    return indexes.map((index) => readFileSync(`${file}.${index}`))
  })
}
/** The bytes, with their padding, that Ceph decodes from some chunks. */
export function cephDecode({ technique, k, m, unitBytes }, chunks) {
  return inFolder((file) => {
    for (const [index, bytes] of chunks) writeFileSync(`${file}.${index}`, bytes)
    runCeph(['decode', profileText({ technique, k, m }), String(unitBytes), [...chunks.keys()].join(','), file])
    return readFileSync(file)
  })
}
/** A profile as Ceph writes it. */
export function profileText({ technique, k, m }) {
  return `plugin=isa,technique=${technique},k=${k},m=${m}`
}
function runCeph(args) {
  const { status, stderr, error } = spawnSync(cephTool, args, { encoding: 'utf8' })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${cephTool} ${args.join(' ')} failed: ${stderr}`)
}
function inFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'erasure-'))
  try {
    return use(join(folder, 'object'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
