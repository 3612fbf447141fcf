export interface PeerRow {
  what: string
  gigabytesPerSecond: number
}
/** ISA-L, the library behind Ceph's isa plugin, through bench/isal.c. */
export declare function isalRates(shape: { k: number; m: number; chunkBytes: number; coldBytes: number }): PeerRow[]
/** Ceph's own benchmark; it prints seconds and KiB. */
export declare function cephRates(shape: { k: number; m: number; chunkBytes: number }): PeerRow[]
