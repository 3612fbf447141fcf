// The recorded corpus: maps in text form with the runs that were made on them, and the devices that Ceph's crushtool
// placed every input on. tools/record-corpus.ts writes it, corpus.test.ts places it again.
import { readFileSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { none } from '../src/index.ts'
import type { TestCase } from './random-map.ts'

export interface CorpusMap {
  readonly seed: number
  readonly text: string
  /** SHA-256 of the binary map that `crushtool -c` made of the text, in hex. */
  readonly binarySha256: string
  readonly cases: readonly TestCase[]
}

export interface Corpus {
  /** What the reference said of itself. */
  readonly reference: string
  readonly maps: readonly CorpusMap[]
}

const folder = new URL('./corpus/', import.meta.url)

// A device is written as its id plus two, in two bytes, one position of all inputs after the other: brotli then finds
// what little order there is.
const absent = 0
const empty = 1

/** Results of one case: `size` rows of `count` codes. */
export function encodeResults({ size, count }: TestCase, placed: readonly (readonly number[])[]): Uint16Array {
  const codes = new Uint16Array(size * count)
  placed.forEach((devices, input) => {
    devices.forEach((device, position) => {
      codes[position * count + input] = device === none ? empty : device + 2
    })
  })
  return codes
}

/** Code of a device at a position of an encoded case; a device beyond the end of a result is undefined. */
export function codeOf(device: number | undefined): number {
  if (device === undefined) return absent
  return device === none ? empty : device + 2
}

export function writeCorpus(corpus: Corpus, results: readonly Uint16Array[]): void {
  const bytes = Buffer.concat(results.map((codes) => new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength)))
  // The high bytes are nearly always 0 and the low ones nearly random: apart, they compress better.
  const planes = Buffer.concat([plane(bytes, 0), plane(bytes, 1)])
  const options = { params: { [constants.BROTLI_PARAM_LGWIN]: 24 } }
  writeFileSync(new URL('maps.json.br', folder), brotliCompressSync(JSON.stringify(corpus)))
  writeFileSync(new URL('results.br', folder), brotliCompressSync(planes, options))
}

export function readCorpus(): { corpus: Corpus; results: Uint16Array } {
  const read = (name: string) => brotliDecompressSync(readFileSync(new URL(name, folder)))
  const corpus = JSON.parse(read('maps.json.br').toString()) as Corpus
  const planes = read('results.br')
  const count = planes.length / 2
  return {
    corpus,
    results: Uint16Array.from({ length: count }, (_, index) => planes[index]! | (planes[count + index]! << 8)),
  }
}

function plane(bytes: Uint8Array, parity: number): Uint8Array {
  return Uint8Array.from({ length: bytes.length / 2 }, (_, index) => bytes[2 * index + parity]!)
}
