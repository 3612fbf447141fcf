// Builds src/checksum/crc64nvme-wasm.ts from crc64nvme.wat. The result is checked in; checksum.test.ts rebuilds it.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import createWabt from 'wabt'

const source = new URL('../src/checksum/crc64nvme.wat', import.meta.url)
const built = new URL('../src/checksum/crc64nvme-wasm.ts', import.meta.url)

export async function build(): Promise<string> {
  const wabt = await createWabt()
  const module = wabt.parseWat('crc64nvme.wat', readFileSync(source, 'utf8'))
  const { buffer } = module.toBinary({})
  const base64 = Buffer.from(buffer).toString('base64')
  const lines = base64.match(/.{1,110}/g) ?? []
  const text = lines.map((line) => `  '${line}'`).join(' +\n')
  return `// Built from crc64nvme.wat by tools/build-wasm.ts. Do not edit.\n\n/** The WebAssembly module, in base64. */\nexport const crc64nvmeWasm =\n${text}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(built, await build())
