import { crc64nvmeWasm } from './crc64nvme-wasm.ts'

/** The polynomial of CRC-64/NVME, bits reversed (NVM Express NVM Command Set Specification, section 5.2.1.3.4). */
export const crc64nvmePolynomial = 0x9a6c9329ac4bc9b5n

const tables = 16
const dataOffset = tables * 256 * 8

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer }
  update(crc: bigint, length: number): bigint
}

/** Node's types leave WebAssembly to those of browsers; this is the part that is used here. */
interface WebAssembly {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

function createKernel(): Kernel {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssembly }).WebAssembly
  const kernel = new Instance(new Module(Buffer.from(crc64nvmeWasm, 'base64'))).exports as Kernel
  const entries = new BigUint64Array(kernel.memory.buffer, 0, tables * 256)
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = BigInt(byte)
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ crc64nvmePolynomial : crc >> 1n
    entries[byte] = crc
  }
  for (let index = 256; index < tables * 256; index += 1) {
    const before = entries[index - 256] as bigint
    entries[index] = (before >> 8n) ^ (entries[Number(before & 0xffn)] as bigint)
  }
  return kernel
}

let kernel: Kernel | undefined
let room: Uint8Array

/**
 * CRC-64/NVME of a chunk, going on from the CRC of the chunks before it.
 * @param before 0n at the beginning
 */
export function crc64nvme(chunk: Uint8Array, before = 0n): bigint {
  if (kernel === undefined) {
    kernel = createKernel()
    room = new Uint8Array(kernel.memory.buffer, dataOffset)
  }
  let crc = BigInt.asIntN(64, ~before)
  for (let at = 0; at < chunk.length; at += room.length) {
    const piece = chunk.subarray(at, at + room.length)
    room.set(piece)
    crc = kernel.update(crc, piece.length)
  }
  return BigInt.asUintN(64, ~crc)
}
