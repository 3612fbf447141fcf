// The reference: Ceph's crushtool, fed with maps and options, and its lines read back.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestCase } from './random-map.ts'

/** A temporary folder in which crushtool works; gone when the holder is disposed of. */
export class Crushtool {
  readonly #folder = mkdtempSync(join(tmpdir(), 'crush-'))
  readonly #mapFile = join(this.#folder, 'map.bin')
  readonly #textFile = join(this.#folder, 'map.txt');

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true })
  }

  /** Where the map that was compiled or given last lies. */
  get mapFile(): string {
    return this.#mapFile
  }

  /** Compiles the text form and returns the binary one. */
  compile(text: string): Uint8Array {
    writeFileSync(this.#textFile, text)
    this.run('-c', this.#textFile, '-o', this.#mapFile)
    return readFileSync(this.#mapFile)
  }

  decompile(): string {
    return this.run('-d', this.#mapFile)
  }

  dump(): string {
    return this.run('-i', this.#mapFile, '--dump')
  }

  /** The devices that each input of a case is placed on. */
  place(test: TestCase): number[][] {
    return this.run('-i', this.#mapFile, '--test', ...testOptions(test), '--show-mappings')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line.slice(line.indexOf('['))) as number[])
  }

  run(...args: readonly string[]): string {
    return execFileSync('crushtool', args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] })
  }
}

/** Options with which crushtool, and `crush test`, run a case. */
export function testOptions({ rule, size, minX, count, weights }: TestCase): string[] {
  const range = ['--min-x', minX, '--max-x', minX + count - 1]
  const reweights = weights.flatMap(([device, weight]) => ['--weight', device, weight])
  return ['--rule', rule, '--num-rep', size, ...range, ...reweights].map(String)
}
