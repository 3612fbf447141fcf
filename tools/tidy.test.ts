import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFile, checkFolders, importProblem } from './tidy.ts'

test('tidy: an import is seen however many lines it has', () => {
  const file = 'packages/headrace/src/front/listener.ts'
  const imports = [
    "import { a } from '../store/x.ts'",
    "import {\n  a,\n  b,\n} from '../store/x.ts'",
    "export {\n  a,\n} from '../store/x.ts'",
  ]
  for (const text of imports) assert.match(checkFile(file, text)[0]?.message ?? '', /front may not import store/, text)
})

test('tidy: imports go down the list of rooms only', () => {
  const layer = 'packages/headrace/src/layers/admit.ts'
  assert.equal(importProblem(layer, '../core/limits.ts'), undefined)
  assert.match(importProblem(layer, '../store/memory/store.ts') ?? '', /layers may not import store/)
  assert.match(
    importProblem('packages/headrace/src/front/front.ts', '../store/x.ts') ?? '',
    /front may not import store/,
  )
  assert.match(importProblem(layer, '../assemble.ts') ?? '', /composition root/)
  assert.match(importProblem('packages/headrace/src/attic/x.ts', '../core/x.ts') ?? '', /not in the table/)
})

test('tidy: published packages import what they declare', () => {
  assert.equal(importProblem('packages/s3/src/a.ts', 'node:crypto'), undefined)
  assert.match(importProblem('packages/crush/src/a.ts', 'zod') ?? '', /may not import zod/)
  assert.match(importProblem('packages/crush/src/a.ts', '../../s3/src/b.ts') ?? '', /leaves the package/)
})

test('tidy: clock, chance and environment belong to their owners', () => {
  const findings = checkFile(
    'packages/headrace/src/store/a.ts',
    'const t = Date.now()\nsetTimeout(f, 1)\n// Date.now() is said',
  )
  assert.deepEqual(
    findings.map((finding) => finding.line),
    [1, 2],
  )
  assert.deepEqual(checkFile('packages/headrace/src/core/runtime.ts', 'const t = Date.now()'), [])
})

test('tidy: long files and crowded folders are named', () => {
  assert.equal(checkFile('packages/s3/src/a.ts', 'x\n'.repeat(450))[0]?.level, 'warning')
  assert.equal(checkFile('packages/s3/src/a.ts', 'x\n'.repeat(700))[0]?.level, 'error')
  const files = Array.from({ length: 26 }, (_, index) => `packages/s3/src/f${index}.ts`)
  assert.match(checkFolders(files)[0]?.message ?? '', /26 entries/)
})
