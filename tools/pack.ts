// `node tools/pack.ts NAME --out DIR`: builds packages/NAME and packs it as npm would publish it. Prints the tarball.
//
// Workspaces run from their .ts files, and an installed .ts does not run, so what is published is staged first, in
// packages/NAME/dist: the same paths with JavaScript and declarations in place of TypeScript, every other file as it is,
// and a package.json that points at them.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

type Json = Record<string, unknown>

const root = fileURLToPath(new URL('..', import.meta.url))

/** Folders of a package that are published; tests, benches and tools stay at home. */
const published = ['src', 'bin', 'assets']

/** Fields of package.json that mean nothing once installed. */
const dropped = ['scripts', 'devDependencies', 'publishConfig', 'files', 'private']

/** The package.json that is published: paths to TypeScript become paths to what is built from it. */
export function rewriteManifest(manifest: Json): Json {
  const kept = Object.entries(manifest).filter(([key]) => !dropped.includes(key))
  return Object.fromEntries(
    kept.map(([key, value]) => {
      if (key === 'exports' || key === 'imports') return [key, rewriteExports(value)]
      if (key === 'bin' || key === 'main') return [key, rewritePaths(value)]
      return [key, value]
    }),
  )
}

/** Each export of TypeScript becomes its declarations, for compilers, and its JavaScript. */
function rewriteExports(value: unknown): unknown {
  if (typeof value === 'string' && /\.ts$/.test(value)) {
    return { types: value.replace(/\.ts$/, '.d.ts'), default: value.replace(/\.ts$/, '.js') }
  }
  return rewriteEach(value, rewriteExports)
}

function rewritePaths(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\.ts$/, '.js') : rewriteEach(value, rewritePaths)
}

function rewriteEach(value: unknown, rewrite: (value: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rewrite(each)]))
}

/** Stages `folder`, a package of this repository, below its `dist`, and returns that. */
export function stagePackage(folder: string): string {
  const stage = join(folder, 'dist')
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage)
  const folders = published.filter((name) => existsSync(join(folder, name)))
  emit(folder, stage, folders)
  for (const file of folders.flatMap((name) => globSync(`${name}/**/*`, { cwd: folder }))) {
    const isCode = /\.[cm]?tsx?$/.test(file) || existsSync(join(stage, file))
    if (!isCode && statSync(join(folder, file)).isFile()) copyInto(join(folder, file), join(stage, file))
  }
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE', 'NOTICE']) {
    const own = join(folder, name)
    const shared = join(root, name)
    if (existsSync(own)) copyFileSync(own, join(stage, name))
    else if (name !== 'README.md' && existsSync(shared)) copyFileSync(shared, join(stage, name))
  }
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Json
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(rewriteManifest(manifest), null, 2)}\n`)
  return stage
}

/** Compiles the package's TypeScript, and passes its JavaScript through, keeping the paths. */
function emit(folder: string, stage: string, folders: readonly string[]): void {
  const config = join(stage, 'tsconfig.json')
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    allowJs: true,
    rewriteRelativeImportExtensions: true,
    rootDir: folder,
    outDir: stage,
    // Other packages are looked up as installed ones, below node_modules, so that none of theirs is compiled along.
    preserveSymlinks: true,
  }
  const include = folders.map((name) => join(folder, name))
  const exclude = include.map((path) => `${path}/**/*.test.ts`)
  writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include, exclude }))
  execute(join(root, 'node_modules/.bin/tsc'), ['-p', config], root)
  rmSync(config)
}

/** Packs a staged package into `outFolder` and returns the path of the tarball. */
export function packStage(stage: string, outFolder: string): string {
  mkdirSync(outFolder, { recursive: true })
  const output = execute('npm', ['pack', '--json', '--pack-destination', outFolder], stage)
  const [packed] = Object.values(JSON.parse(output) as Record<string, { filename: string }>)
  if (packed === undefined) throw new Error(`npm pack printed no tarball: ${output}`)
  return join(outFolder, packed.filename)
}

function copyInto(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}

function execute(command: string, args: readonly string[], cwd: string): string {
  const path = `${root}node_modules/.bin:${process.env.PATH}`
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, PATH: path } })
  if (result.status === 0) return result.stdout
  const said = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`
  throw new Error(`${command} ${args.join(' ')} failed:\n${said}`)
}

function main(): void {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } })
  const [name] = positionals
  if (name === undefined || values.out === undefined) {
    console.error('usage: node tools/pack.ts NAME --out DIR, with NAME a folder of packages/')
    process.exit(2)
  }
  console.log(packStage(stagePackage(join(root, 'packages', name)), resolve(values.out)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
