// Node's types leave WebAssembly to those of browsers, so the part that is used here is declared here.

export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

interface WebAssembly {
  validate(bytes: Uint8Array): boolean
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> }
  readonly Memory: new (pages: { initial: number; maximum: number }) => WasmMemory
}

/** Undefined where the process runs without it (`node --jitless`). */
export const webAssembly = (globalThis as { WebAssembly?: WebAssembly }).WebAssembly
