// Node's types leave WebAssembly to those of browsers, so the part that is used here is declared here.

interface WebAssembly {
  Module: new (bytes: Uint8Array) => WasmModule
  Memory: new (limits: { initial: number; maximum: number }) => WasmMemory
  Instance: new (module: WasmModule, imports: Record<string, Record<string, WasmMemory>>) => { exports: unknown }
}

/** A compiled module, which instances are made of. */
export type WasmModule = object & { readonly wasmModule?: never }

/** Linear memory in pages of 64 KiB. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssembly }).WebAssembly
