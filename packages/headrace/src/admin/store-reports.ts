// What the operator's side of a store tells: plain data that goes over the admin API as JSON as it stands. Bytes and
// milliseconds; times are of the epoch; `null` where there is nothing to say. Drives are named by their numbers.

/** Whether all data has all its chunks; what a census ends with. */
export type Verdict = 'full' | 'healing' | 'degraded: drive missing' | 'lost'

export interface PoolSummary {
  readonly pool: number
  /** Data chunks and coding chunks; k = 1 keeps m further copies. */
  readonly k: number
  readonly m: number
}

/** How new data of a storage class (and of one bucket, where it has a profile of its own) is protected. */
export interface Profile {
  readonly deviceClass: string
  readonly storageClass: string
  /** `null` for every bucket. */
  readonly bucket: string | null
  readonly failureDomain: 'drive' | 'host' | 'rack'
  readonly small: PoolSummary
  readonly large: PoolSummary
  /** Drives that its chunks can go to. */
  readonly drives: number
}

/** Background work as it stands: of `heal`, `rebalance`, `scrub`, `census` and the others. */
export interface WorkerStatus {
  readonly name: string
  readonly state: 'idle' | 'working' | 'waiting' | 'failed'
  /** Of the run that is under way, or of the last one. It names the run: each begins later than those before it. */
  readonly startedMs: number | null
  /** `null` while the run is under way. */
  readonly finishedMs: number | null
  readonly doneBytes: number
  /** `null` as long as nobody knows how much there is to do. */
  readonly totalBytes: number | null
  readonly rateBytesPerS: number
  readonly etaMs: number | null
  /** A few words about what it does, what it waits for, or why it failed. */
  readonly note: string
}

/** A move of chunks to where the map wants them, beside what was said before it. */
export interface MoveReport {
  /** Such as `add drive 6`. */
  readonly reason: string
  readonly startedMs: number
  readonly finishedMs: number | null
  readonly predictedBytes: number
  readonly movedBytes: number
  /** No placement could have moved less. */
  readonly minimumBytes: number
  /** Written anew because the profile changed; not among those moved. */
  readonly reencodeBytes: number
  readonly reencodedBytes: number
}

export interface StoreStatus {
  readonly storeId: string
  /** Of the map. */
  readonly epoch: number
  readonly changedMs: number
  /** Of the program that serves. */
  readonly version: string
  /** From the last census and what is known since; `null` before the first. */
  readonly verdict: Verdict | null
  /** One line, such as `any 2 drives may fail` or `nothing survives the loss of this drive`. */
  readonly protection: string
  readonly profiles: readonly Profile[]
  readonly objects: number
  /** Of the objects, as their owners count them. */
  readonly bytes: number
  /** On the drives, with copies and coding. */
  readonly storedBytes: number
  readonly degradedRows: number
  readonly missingChunks: number
  readonly misplacedChunks: number
  readonly drives: { readonly up: number; readonly down: number; readonly leaving: number; readonly out: number }
  /** Drives with the journal and the index. */
  readonly indexDrives: readonly number[]
  readonly workers: readonly WorkerStatus[]
  readonly lastCensus: Pick<CensusReport, 'verdict' | 'startedMs' | 'finishedMs' | 'rows' | 'bytes' | 'lostRows'> | null
  readonly lastMove: MoveReport | null
  /** Buckets whose writes are acknowledged before they are synced, because they asked for it. */
  readonly relaxedBuckets: readonly string[]
}

export interface DriveStatus {
  readonly id: number
  readonly uuid: string
  readonly path: string
  readonly host: string
  readonly rack: string | null
  readonly deviceClass: string
  readonly state: 'up' | 'down'
  readonly membership: 'in' | 'leaving' | 'out'
  /** Why it is down, leaving or out; empty when all is well. */
  readonly reason: string
  /** Since when it is in this state. */
  readonly sinceMs: number | null
  readonly isIndexDrive: boolean
  readonly capacityBytes: number
  readonly freeBytes: number
  /** By chunks. */
  readonly usedBytes: number
  readonly chunks: number
  /** What it holds ÷ what its weight says it should, 1 when exact; `null` when it should hold nothing. */
  readonly shareOfIdeal: number | null
  /** Three times slower than its peers: passed over by writes and skipped by reads. */
  readonly isSlow: boolean
  readonly readP95Ms: number
  readonly writeP95Ms: number
  /** Failed calls and bad blocks since the server began. */
  readonly errors: number
}

/** What a change of drives would move, or will. */
export interface Prediction {
  readonly movedBytes: number
  readonly minimumBytes: number
  /** What plain `indep` positions would have moved. */
  readonly plainIndepBytes: number
  /** To be written anew, because the profile changes; not among those moved. */
  readonly reencodeBytes: number
  readonly drives: readonly {
    /** `null` for one that is not in the store yet. */
    readonly id: number | null
    readonly path: string
    readonly inBytes: number
    readonly outBytes: number
  }[]
  readonly profilesBefore: readonly Profile[]
  readonly profilesAfter: readonly Profile[]
  /** Data rows that were looked at, and that there are: the figures are scaled up from the first to the second. */
  readonly sampledRows: number
  readonly rows: number
  readonly warnings: readonly string[]
}

/** Every data row by how many of its chunks can be read now. */
export interface CensusReport {
  readonly verdict: Verdict
  readonly startedMs: number
  readonly finishedMs: number
  readonly rows: number
  readonly bytes: number
  readonly misplacedChunks: number
  readonly widths: readonly {
    readonly pool: number
    readonly k: number
    readonly m: number
    readonly readableChunks: number
    readonly rows: number
    readonly bytes: number
  }[]
  /** Fewer than k chunks can be read; the first 100 of the objects that they belong to. */
  readonly lostRows: number
  readonly lost: readonly {
    readonly bucket: string
    readonly key: string
    readonly dataId: string
    readonly readableChunks: number
    readonly k: number
  }[]
}

export interface ChunkExplanation {
  readonly chunk: number
  readonly role: 'data' | 'coding' | 'copy'
  /** `null` when it is nowhere. `offsetBytes` is that of the record in a segment. */
  readonly at: { readonly drive: number; readonly file: string; readonly offsetBytes: number | null } | null
  /** `null` when no drive is left for it. */
  readonly belongsOn: number | null
  readonly state: 'fine' | 'misplaced' | 'missing' | 'suspect' | 'drive down'
  /** A few words: why CRUSH put it there, or why it is not there. */
  readonly why: string
}

export interface ExtentExplanation {
  readonly dataId: string
  /** The part of the data that the object uses, and the whole of it. */
  readonly offsetBytes: number
  readonly lengthBytes: number
  readonly dataBytes: number
  readonly references: number
  /** `null` when the bytes are in the index. */
  readonly placement: {
    readonly pool: PoolSummary
    /** Where data of this one goes now: another one when it is to be re-encoded. */
    readonly targetPool: PoolSummary
    readonly deviceClass: string
    readonly failureDomain: string
    readonly pg: number
    /** What CRUSH hashed. */
    readonly x: number
    /** What CRUSH chose, in its order. */
    readonly set: readonly number[]
    readonly chunks: readonly ChunkExplanation[]
  } | null
}

/** Where the chunks of an object are, where they belong, and why. */
export interface Explanation {
  readonly bucket: string
  readonly key: string
  readonly epoch: number
  readonly commitSeq: number
  readonly sizeBytes: number
  readonly etag: string
  readonly storageClass: string
  readonly lastModifiedMs: number
  readonly parts: number
  /** The first 100 extents, and how many there are. */
  readonly extents: readonly ExtentExplanation[]
  readonly extentCount: number
}

/** Chunks that no data row names, read from their own headers. */
export interface SalvagePage {
  readonly chunks: readonly {
    readonly dataId: string
    readonly chunk: number
    readonly k: number
    readonly m: number
    /** Of the data. */
    readonly lengthBytes: number
    /** As the header remembers them; they may have been deleted or written over since. */
    readonly bucket: string
    readonly key: string
    readonly drive: number
    readonly file: string
    readonly offsetBytes: number | null
    /** Every block of it is as it was written. */
    readonly isReadable: boolean
  }[]
  /** Where the next page begins; `null` at the end. */
  readonly next: string | null
}

/** A fault that a drive is made to have, for tests of a running server. */
export interface DriveFault {
  readonly drive: number
  readonly calls: 'all' | 'read' | 'write'
  /** Each call takes so much longer. */
  readonly delayMs: number
  /** Calls fail with this code of the system. */
  readonly errorCode: 'EIO' | 'ENOSPC' | 'EROFS' | 'ENOENT' | 'EACCES' | null
  /** One bit of what is read is flipped. */
  readonly flipsBits: boolean
  /** How many of the calls are struck: above 0, up to 1. */
  readonly probability: number
}
