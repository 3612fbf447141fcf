import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { lackOfPrograms } from './programs.ts'

test('lackOfPrograms: names programs and packages, each once; silent when all are there', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ceph-dev-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  assert.match(
    lackOfPrograms(folder) ?? '',
    /^not installed: ceph, radosgw-admin, .*apt-get install ceph-common ceph-base ceph-mon ceph-mgr ceph-osd radosgw$/,
  )
  for (const name of ['ceph', 'radosgw-admin', 'monmaptool', 'ceph-mon', 'ceph-osd', 'radosgw'])
    writeFileSync(join(folder, name), '', { mode: 0o755 })
  assert.match(lackOfPrograms(folder) ?? '', /^not installed: ceph-mgr\. .*apt-get install ceph-mgr$/)
  writeFileSync(join(folder, 'ceph-mgr'), '', { mode: 0o755 })
  assert.equal(lackOfPrograms(`/nowhere::${folder}`), undefined)
})
