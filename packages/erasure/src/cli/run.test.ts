import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { profileText } from '../../test/ceph-tool.ts'
import { sampleBytes } from '../../test/sample.ts'
import { run } from './run.ts'

const profile = profileText({ technique: 'cauchy', k: 3, m: 2 })
const object = Buffer.from(sampleBytes(3_000_000))
const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

async function erasure(...args: string[]) {
  const said = { stdout: '', stderr: '' }
  const writer = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (said[name] += text) })
  const status = await run(args, { stdout: writer('stdout'), stderr: writer('stderr') })
  return { status, ...said }
}

/** A folder with a file that has been encoded into five chunks. */
async function encodedFile(bytes = object, unit = '4096') {
  const folder = mkdtempSync(join(tmpdir(), 'erasure-'))
  folders.push(folder)
  const file = join(folder, 'object')
  writeFileSync(file, bytes)
  const { status, stdout } = await erasure('encode', profile, unit, '0,1,2,3,4', file, '--json')
  assert.equal(status, 0)
  return { folder, file, facts: JSON.parse(stdout), chunk: (index: number) => readFileSync(`${file}.${index}`) }
}

async function fails(status: number, message: RegExp, ...args: string[]) {
  const result = await erasure(...args)
  assert.match(result.stderr, message)
  assert.deepEqual({ status: result.status, stdout: result.stdout }, { status, stdout: '' })
}

test('erasure encode: writes the chunks and says what it wrote', async () => {
  const { file, folder, facts, chunk } = await encodedFile()
  assert.deepEqual(
    { ...facts, files: facts.files.length },
    {
      command: 'encode',
      k: 3,
      m: 2,
      technique: 'cauchy',
      unitBytes: 4096,
      sizeBytes: 3_000_000,
      stripes: 245,
      files: 5,
    },
  )
  assert.deepEqual(facts.files[4], { index: 4, path: `${file}.4`, sizeBytes: 245 * 4096 })
  assert.equal(chunk(4).length, 245 * 4096)
  assert.deepEqual(chunk(0).subarray(0, 4096), object.subarray(0, 4096))
  assert.deepEqual(readdirSync(folder).sort(), ['object', ...[0, 1, 2, 3, 4].map((index) => `object.${index}`)])
})

test('erasure decode: any three chunks give the file back, with its padding or cut to size', async () => {
  const { file } = await encodedFile()
  for (const read of ['0,1,2', '4,2,0', '1,3,4', '0,1,2,3,4']) {
    rmSync(file)
    const { status, stdout } = await erasure('decode', profile, '4096', read, file, '--size', '3000000')
    assert.deepEqual({ status, stdout }, { status: 0, stdout: `${file}: 3000000 bytes\n` })
    assert.ok(readFileSync(file).equals(object))
  }
  assert.equal((await erasure('decode', profile, '4096', '2,3,4', file)).status, 0)
  assert.ok(readFileSync(file).equals(Buffer.concat([object, Buffer.alloc(245 * 3 * 4096 - object.length)])))
})

test('erasure rebuild: writes lost chunks as they were', async () => {
  const { file, chunk } = await encodedFile()
  const before = [1, 3].map(chunk)
  rmSync(`${file}.1`)
  rmSync(`${file}.3`)
  const { status, stdout } = await erasure('rebuild', profile, '3,1', file, '--json')
  assert.equal(status, 0)
  assert.deepEqual(JSON.parse(stdout).from, [0, 2, 4])
  assert.deepEqual([1, 3].map(chunk), before)
})

test('erasure verify: tells agreement from damage, and says when nothing can be compared', async () => {
  const { file, chunk } = await encodedFile()
  assert.deepEqual(await erasure('verify', profile, file), { status: 0, stdout: 'the 5 chunks agree\n', stderr: '' })
  const damaged = chunk(4)
  damaged[500_000]! ^= 1
  writeFileSync(`${file}.4`, damaged)
  const { status, stdout } = await erasure('verify', profile, file)
  assert.equal(status, 1)
  assert.equal(stdout, `${file}.4 differs at byte 500000 from what chunks 0,1,2 say\n`)
  for (const index of [0, 4]) rmSync(`${file}.${index}`)
  assert.equal((await erasure('verify', profile, file)).stdout, 'only 3 chunks are there: nothing to compare\n')
})

test('erasure: an empty file has empty chunks', async () => {
  const { file, chunk } = await encodedFile(Buffer.alloc(0))
  assert.equal(chunk(3).length, 0)
  rmSync(`${file}.0`)
  assert.equal((await erasure('rebuild', profile, '0', file)).stdout, `${file}.0: 0 bytes, from chunks 1,2,3\n`)
  assert.equal((await erasure('verify', profile, file)).status, 0)
  rmSync(file)
  assert.equal((await erasure('decode', profile, '32', '1,2,4', file)).status, 0)
  assert.equal(readFileSync(file).length, 0)
})

test('erasure matrix: rows of coefficients', async () => {
  assert.equal((await erasure('matrix', 'k=3,m=2')).stdout, '01 01 01\n01 02 04\n')
  const { stdout } = await erasure('matrix', 'k=2 m=2,technique=cauchy crush-root=default', '--json')
  assert.deepEqual(JSON.parse(stdout), {
    command: 'matrix',
    k: 2,
    m: 2,
    technique: 'cauchy',
    rows: [
      [142, 244],
      [244, 142],
    ],
  })
  assert.equal(JSON.parse((await erasure('matrix', 'plugin=isa', '--json')).stdout).rows.length, 3)
})

test('erasure: help is on stdout, what is not understood on stderr with status 2', async () => {
  assert.match((await erasure('--help')).stdout, /erasure encode PROFILE STRIPE_UNIT WANT FILE/)
  assert.equal((await erasure()).status, 0)
  await fails(2, /there is no command encore\n\nReed/, 'encore')
  await fails(2, /there is no command toString/, 'toString')
  await fails(2, /encode needs PROFILE STRIPE_UNIT WANT FILE/, 'encode', profile)
  await fails(2, /Unknown option '--jsn'/, 'encode', '--jsn')
})

test('erasure: arguments that cannot be used are named', async () => {
  const { file } = await encodedFile()
  await fails(1, /profile: k is not of the form key=value/, 'matrix', 'k')
  await fails(1, /profile: kk is not known; plugin, technique, k and m are/, 'matrix', 'kk=3')
  await fails(1, /plugin=jerasure is not available; isa is/, 'matrix', 'plugin=jerasure,k=2,m=1')
  await fails(1, /k is two: it must be a whole number/, 'matrix', 'k=two')
  await fails(1, /k is empty/, 'matrix', 'k=')
  await fails(1, /technique is liber8tion/, 'matrix', 'technique=liber8tion')
  await fails(1, /cannot repair every loss/, 'encode', 'k=6,m=5', '32', '0', file)
  await fails(1, /stripe unit is 0/, 'encode', profile, '0', '0', file)
  await fails(1, /0,5: 5 is given twice or past the last chunk, 4/, 'encode', profile, '32', '0,5', file)
  await fails(1, /1,1: 1 is given twice/, 'decode', profile, '32', '1,1', file)
  await fails(1, /a chunk index is empty/, 'decode', profile, '32', '1,', file)
})

test('erasure: files that are missing, short or too few are named', async () => {
  const { file, chunk } = await encodedFile()
  await fails(1, /ENOENT.*nowhere/, 'encode', profile, '32', '0', `${file}-nowhere`)
  await fails(1, /no multiple of the stripe unit/, 'decode', profile, '4097', '0,1,2', file)
  await fails(
    1,
    /--size 99 does not fit chunks of 1003520 bytes/,
    'decode',
    profile,
    '4096',
    '0,1,2',
    file,
    '--size=99',
  )
  await fails(1, /--size 9999999 does not fit/, 'decode', profile, '4096', '0,1,2', file, '--size=9999999')
  await fails(1, /2 of 5 chunks are there \(0, 1\)/, 'decode', profile, '4096', '1,0', file)
  writeFileSync(`${file}.1`, chunk(1).subarray(0, -4096))
  const short = /object\.1 has 999424 bytes where .*object\.0 has 1003520: one is cut short/
  await fails(1, short, 'decode', profile, '4096', '0,1,2', file)
  await fails(1, short, 'verify', profile, file)
  for (const index of [2, 3, 4]) rmSync(`${file}.${index}`)
  await fails(1, /2 of 5 chunks are there/, 'rebuild', profile, '4', file)
  await fails(1, /ENOENT.*object\.2/, 'decode', profile, '4096', '0,2,3', file)
})

test('erasure: a failure leaves older files as they were and nothing half written', async () => {
  const { folder, file } = await encodedFile()
  const before = readdirSync(folder)
  // Chunk 4 cannot be written: its .part is a folder already.
  mkdirSync(`${file}.4.part`)
  await fails(1, /EISDIR.*object\.4\.part/, 'encode', profile, '32', '0,1,4', file)
  assert.deepEqual(readdirSync(folder), [...before, 'object.4.part'].sort())
  assert.ok(readFileSync(file).equals(object))
})

test('erasure: an error that is no fault of the caller is not dressed up', async () => {
  const broken = { write: () => assert.fail('a broken pipe') }
  await assert.rejects(run(['matrix', 'k=2'], { stdout: broken, stderr: broken }), /a broken pipe/)
})

test('erasure: runs as a program', () => {
  const program = new URL('main.ts', import.meta.url).pathname
  const { stdout, status } = spawnSync(process.execPath, [program, 'matrix', 'k=2,m=1'], { encoding: 'utf8' })
  assert.deepEqual({ stdout, status }, { stdout: '01 01\n', status: 0 })
})
