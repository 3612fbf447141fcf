import type { LocalEngine } from './engine.ts'
import { kernelSupported } from './kernel/kernel.ts'
import { kernelEngine } from './kernel/kernel-engine.ts'
import { scalarEngine } from './kernel/scalar-engine.ts'

/** The faster engine that this process can run. */
export const localEngine: LocalEngine = kernelSupported ? kernelEngine : scalarEngine
