import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Programs of a cluster, each with the package of Debian and Ubuntu that holds it. */
const packages = {
  ceph: 'ceph-common',
  'radosgw-admin': 'ceph-common',
  monmaptool: 'ceph-base',
  'ceph-mon': 'ceph-mon',
  'ceph-mgr': 'ceph-mgr',
  'ceph-osd': 'ceph-osd',
  radosgw: 'radosgw',
} as const

/** Programs of a cluster that are not installed. */
export function missingPrograms(searchPath = process.env.PATH ?? ''): (keyof typeof packages)[] {
  const folders = searchPath.split(':').filter((folder) => folder !== '')
  return (Object.keys(packages) as (keyof typeof packages)[]).filter(
    (program) => !folders.some((folder) => isExecutable(join(folder, program))),
  )
}

/** What is missing, and the packages to install; undefined when a cluster can be started. */
export function lackOfPrograms(searchPath?: string): string | undefined {
  const missing = missingPrograms(searchPath)
  if (missing.length === 0) return undefined
  const wanted = new Set(missing.map((program) => packages[program]))
  return `not installed: ${missing.join(', ')}. Run tools/setup-system, or: apt-get install ${[...wanted].join(' ')}`
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
