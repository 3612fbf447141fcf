import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { kernelBytesModule } from '../tools/build-kernel.js'
import { kernelWat } from '../tools/kernel-wat.js'

test('kernel: the built file is what its source gives', async () => {
  const built = readFileSync(new URL('../src/kernel/kernel-bytes.ts', import.meta.url), 'utf8')
  assert.equal(built, await kernelBytesModule(), 'run node tools/build-kernel.ts')
})
test('build-kernel: --print shows the source', () => {
  const script = new URL('../tools/build-kernel.ts', import.meta.url).pathname
  const { stdout } = spawnSync(process.execPath, [script, '--print'], { encoding: 'utf8' })
  assert.equal(stdout, kernelWat())
})
/** Runs a few lines on the package in a process of its own, with an option of Node; returns what it prints. */
function inProcess(option, lines) {
  const index = new URL('../src/index.ts', import.meta.url)
  const code = `import * as erasure from '${index}'\n${lines}`
  const { stdout, stderr } = spawnSync(process.execPath, [option, '--input-type=module', '--eval', code], {
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  return stdout.trim()
}
test('localEngine: without relaxed SIMD it is the scalar one, with the same chunks', () => {
  const lines = `
    const code = erasure.createCode({ k: 3, m: 2 })
    const data = [0, 1, 2].map((seed) => Uint8Array.from({ length: 100 }, (_, at) => at * (seed + 3)))
    const coding = [new Uint8Array(100), new Uint8Array(100)]
    erasure.encode(code, data, coding)
    console.log(erasure.localEngine.name, Buffer.concat(coding).toString('hex'))`
  const withoutSimd = '--import=data:text/javascript,WebAssembly.validate=()=>false'
  const [scalar, scalarChunks] = inProcess(withoutSimd, lines).split(' ')
  const [simd, simdChunks] = inProcess('--no-warnings', lines).split(' ')
  assert.deepEqual([scalar, simd], ['scalar', 'wasm-simd'])
  assert.equal(scalarChunks, simdChunks)
})
test('createPool: an idle pool does not keep the process alive', () => {
  const lines = `
    const pool = erasure.createPool({ workers: 1 })
    const buffers = pool.allocate({ count: 2, sizeBytes: 10 })
    const { encoding } = erasure.createCode({ k: 1, m: 1 })
    await pool.combine(encoding, { sources: [buffers[0].fill(7)], targets: [buffers[1]] })
    console.log(buffers[1].join())`
  assert.equal(inProcess('--no-warnings', lines), '7,7,7,7,7,7,7,7,7,7')
})
