import type { CannedAcl, CompleteMultipartUploadInput, Tag, WriteConditions } from '@headrace/s3'
import type { ChunkLocation, SegmentId } from '../format/data-row.ts'

/** A bucket as its writer knows it: the keeper makes sure that it is still the same one. */
export interface BucketReference {
  readonly name: string
  readonly id: number
}

/**
 * The newest commit when a mutation was first sent. When it is sent again, it may have been done already, and it must not
 * be done to what was written since.
 */
export type SeenSeq = number

/** A data that comes with a mutation: its row, and its bytes when they are few. */
export interface NewData {
  readonly dataId: Buffer
  readonly pool: number
  readonly lengthBytes: number
  readonly chunks: 'inline' | readonly ChunkLocation[]
  readonly body: Buffer | undefined
}

/** The chunks of a data, and the pool that they are laid out for. */
export interface PlacedChunks {
  readonly pool: number
  readonly chunks: readonly ChunkLocation[]
}

export interface ChunksChange {
  readonly dataId: Buffer
  readonly from: PlacedChunks
  readonly to: PlacedChunks
}

/**
 * Everything that can be asked of the keeper: plain data, since it may come from another process. Each is done wholly or
 * not at all. Byte strings named `row` and `entry` are encoded by `format/`.
 */
export interface Mutations {
  createBucket: {
    input: { name: string; ownerId: string; ownerName: string; location: string; acl: CannedAcl; createdMs: number }
    result: null
  }
  putBucketAcl: { input: { bucket: BucketReference; acl: CannedAcl }; result: null }
  deleteBucket: { input: { name: string }; result: null }
  putEntry: {
    input: {
      bucket: BucketReference
      key: string
      /** Encoded, its commitSeq to be filled in. */
      entry: Buffer
      /** Details that the entry does not hold itself. */
      details: { id: Buffer; bytes: Buffer } | undefined
      /** That the entry uses, each in one extent. */
      data: readonly NewData[]
      /** Data of others that the entry uses: one id for each extent. */
      references: readonly Buffer[]
      conditions: WriteConditions | undefined
      /** What the key must still have, encoded: a copy of an object onto itself does not undo what came in between. */
      onto?: Buffer | undefined
    }
    result: null
  }
  deleteEntries: {
    input: {
      bucket: BucketReference
      objects: readonly { key: string; ifMatch?: WriteConditions['ifMatch'] }[]
      seenSeq: SeenSeq
    }
    /** By object: null when it is gone. */
    result: (null | { code: string; message: string })[]
  }
  /** Changes what is not the object itself: it stays the same version. */
  changeEntry: {
    input: {
      bucket: BucketReference
      key: string
      detailsId: Buffer
      tags?: readonly Tag[]
      acl?: CannedAcl
      seenSeq: SeenSeq
    }
    result: null
  }
  createUpload: { input: { bucket: BucketReference; key: string; uploadId: string; row: Buffer }; result: null }
  putPart: {
    input: {
      bucket: BucketReference
      key: string
      uploadId: string
      partNumber: number
      row: Buffer
      data: readonly NewData[]
      references: readonly Buffer[]
    }
    result: null
  }
  completeUpload: {
    input: Pick<CompleteMultipartUploadInput, 'parts' | 'conditions' | 'expected'> & {
      bucket: BucketReference
      key: string
      uploadId: string
      writeId: Buffer
      detailsId: Buffer
      completedMs: number
    }
    result: null
  }
  abortUpload: { input: { bucket: BucketReference; key: string; uploadId: string }; result: null }

  openSession: { input: { processId: number; startedMs: number }; result: { session: number } }
  closeSession: { input: { session: number }; result: null }
  sealSegment: { input: { device: number; segment: SegmentId; sizeBytes: number }; result: null }
  /**
   * Chunks that were rebuilt, moved or coded anew: each row is changed if it still is as it was seen. What it does not use
   * any more goes to the trash.
   */
  replaceChunks: { input: { changes: readonly ChunksChange[] }; result: { replaced: boolean[] } }
  /** Chunks that could not be read as they were written. */
  suspectChunks: { input: { chunks: readonly { dataId: Buffer; chunk: number }[] }; result: null }
  /** Chunks that were suspected, and can be read as they were written. */
  clearSuspects: { input: { chunks: readonly { dataId: Buffer; chunk: number }[] }; result: null }
  /** Rows that were to be looked at, with the suspects that they had then, and that need nothing. */
  forgetDegraded: { input: { rows: readonly { dataId: Buffer; suspects: number }[] }; result: null }
  /** What a background worker wants to find again after a restart; small. */
  keepState: { input: { name: string; value: Buffer }; result: null }
  /** Trash whose files are removed. */
  emptyTrash: { input: { keys: readonly Buffer[] }; result: null }
  /** Sealed segments without live records, whose files are removed. */
  dropSegments: { input: { keys: readonly Buffer[] }; result: null }
  /** What is remembered of uploads that were completed long ago. */
  forgetCompleted: { input: { uploadIds: readonly Buffer[] }; result: null }
  /** Uploads of a bucket that is gone. */
  sweepUploads: { input: { keys: readonly Buffer[] }; result: null }
}

export type MutationName = keyof Mutations

export type Mutation = {
  [N in MutationName]: { readonly name: N; readonly input: Mutations[N]['input'] }
}[MutationName]

/** Where mutations go: the keeper itself, or a link to the process that it runs in. */
export interface KeeperPort {
  /**
   * Resolves when the mutation is durable and visible.
   * @throws S3Error when it was refused; then nothing of it happened
   * @throws KeeperLostError when it is not known whether it happened
   */
  submit<N extends MutationName>(name: N, input: Mutations[N]['input']): Promise<Mutations[N]['result']>
}

/** The keeper went away with a mutation, and did not come back in time. */
export class KeeperLostError extends Error {
  constructor() {
    super('the keeper did not answer')
    this.name = 'KeeperLostError'
  }
}
