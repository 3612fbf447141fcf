// `node tools/build-kernel.ts`: assembles the kernel and writes src/kernel/kernel-bytes.ts.
// With --print it shows the WAT text instead. The same WAT and the same wabt always give the same bytes (see the test).
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import wabt from 'wabt'
import { kernelWat, stepBytes, targetsPerPass } from './kernel-wat.js'

const features = { simd: true, relaxed_simd: true }
/** The text of src/kernel/kernel-bytes.ts, as it has to be for the present source. */
export async function kernelBytesModule() {
  const assembler = await wabt()
  const module = assembler.parseWat('kernel.wat', kernelWat(), features)
  module.validate()
  const { buffer } = module.toBinary({})
  module.destroy()
  const lines =
    Buffer.from(buffer)
      .toString('base64')
      .match(/.{1,110}/g) ?? []
  return `// Made by tools/build-kernel.ts from tools/kernel-wat.ts: change those and run the former, not this file.

/** The kernel as a WebAssembly binary of ${buffer.length} bytes, in base64. */
export const kernelBase64 =
${lines.map((line) => `  '${line}'`).join(' +\n')}

/** Bytes that one turn of the kernel's loop handles. */
export const stepBytes = ${stepBytes}

/** Most targets of one call of the kernel. */
export const targetsPerPass = ${targetsPerPass}
`
}
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--print')) process.stdout.write(kernelWat())
  else writeFileSync(new URL('../src/kernel/kernel-bytes.ts', import.meta.url), await kernelBytesModule())
}
