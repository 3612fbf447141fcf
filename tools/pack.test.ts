import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { packStage, rewriteManifest, stagePackage } from './pack.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

test('pack: the manifest points at what is built and keeps nothing of development', () => {
  const rewritten = rewriteManifest({
    name: 'sample',
    exports: { '.': './src/index.ts', './data.json': './src/data.json' },
    bin: { one: './src/cli.ts', two: 'bin/two.js' },
    scripts: { test: 'node' },
    devDependencies: { typescript: '7' },
    dependencies: { yaml: '2.9.1' },
  })
  assert.deepEqual(rewritten, {
    name: 'sample',
    exports: { '.': { types: './src/index.d.ts', default: './src/index.js' }, './data.json': './src/data.json' },
    bin: { one: './src/cli.js', two: 'bin/two.js' },
    dependencies: { yaml: '2.9.1' },
  })
})

/** A package with everything that a package may have. Below the repository, so that Node's types are found. */
function samplePackage(t: TestContext): string {
  mkdirSync(join(root, 'dist'), { recursive: true })
  const folder = mkdtempSync(join(root, 'dist/sample-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const files = {
    'package.json': JSON.stringify({
      name: 'pack-sample',
      version: '1.2.3',
      type: 'module',
      exports: './src/index.ts',
      bin: { 'pack-sample': 'bin/sample.js' },
    }),
    'src/index.ts': "export { name } from './name.ts'\n",
    'src/name.ts':
      "import { readFileSync } from 'node:fs'\nexport const name: string = readFileSync(new URL('./name.txt', import.meta.url), 'utf8')\n",
    'src/name.txt': 'sample',
    'src/name.test.ts': "throw new Error('tests are not published')\n",
    'bin/sample.js': "#!/usr/bin/env node\nconst { name } = await import('../src/index.ts')\nconsole.log(name)\n",
    'test/helper.ts': 'export const helper = 1\n',
    'README.md': '# Sample\n',
  }
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

test('pack: an installed package runs, with its assets, types and program', (t) => {
  const folder = samplePackage(t)
  const stage = stagePackage(folder)
  for (const file of ['src/index.js', 'src/index.d.ts', 'src/name.txt', 'bin/sample.js', 'LICENSE', 'README.md']) {
    assert.ok(statSync(join(stage, file)).isFile(), file)
  }
  for (const file of ['src/index.ts', 'src/name.test.js', 'test', 'tsconfig.json']) {
    assert.equal(statSync(join(stage, file), { throwIfNoEntry: false }), undefined, file)
  }
  assert.match(readFileSync(join(stage, 'bin/sample.js'), 'utf8'), /index\.js/)

  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{ "private": true }')
  const tarball = packStage(stage, folder)
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: project, stdio: 'pipe' })
  const printed = execFileSync('npx', ['--offline', 'pack-sample'], { cwd: project, encoding: 'utf8', stdio: 'pipe' })
  assert.equal(printed, 'sample\n')
})

test('pack: a package that does not compile is not packed', (t) => {
  const folder = samplePackage(t)
  writeFileSync(join(folder, 'src/name.ts'), 'export const name: string = 1\n')
  assert.throws(() => stagePackage(folder), /name\.ts.*error TS2322/s)
})
