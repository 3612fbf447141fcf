export type { Chunk } from './chunk.ts'
export { type Code, createCode } from './code.ts'
export type { Buffers, Combination } from './combination.ts'
export { decode } from './decode.ts'
export { encode } from './encode.ts'
export type { AllocateRequest, Engine, LocalEngine } from './engine.ts'
export { ErasureError, type ErasureErrorCode, errorCodes } from './errors.ts'
export {
  type ChunkRange,
  chunkRanges,
  type Layout,
  locateByte,
  paddedChunkBytes,
  storedChunkBytes,
  stripeCount,
} from './layout.ts'
export { localEngine } from './local-engine.ts'
export { planRebuild, type RebuildPlan } from './plan-rebuild.ts'
export { createPool, type Pool, type PoolOptions } from './pool/pool.ts'
export { chunksMax, type Profile, type Technique } from './profile.ts'
export { rebuild } from './rebuild.ts'
export type { ChunkStreamOptions } from './streams/blocks.ts'
export type { ChunkSource } from './streams/chunk-reader.ts'
export { decodeStream } from './streams/decode-stream.ts'
export { type EncodeStreamOptions, encodeStream, type Stripe } from './streams/encode-stream.ts'
export { rebuildStream } from './streams/rebuild-stream.ts'
export { type Mismatch, verifyStream } from './streams/verify-stream.ts'
export { verify } from './verify.ts'
