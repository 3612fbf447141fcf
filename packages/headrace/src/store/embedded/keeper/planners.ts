import type { MutationName, Mutations } from './mutation.ts'
import type { Plan } from './plan.ts'
import { createBucket, deleteBucket, putBucketAcl } from './plan-buckets.ts'
import {
  clearSuspects,
  closeSession,
  dropSegments,
  emptyTrash,
  forgetDegraded,
  keepState,
  openSession,
  replaceChunks,
  sealSegment,
  suspectChunks,
} from './plan-maintenance.ts'
import { abortUpload, completeUpload, createUpload, forgetCompleted, putPart, sweepUploads } from './plan-multipart.ts'
import { changeEntry, deleteEntries, putEntry } from './plan-objects.ts'

/** How each mutation is planned. The compiler finds one that is missing. */
export const planners: {
  readonly [N in MutationName]: (plan: Plan, input: Mutations[N]['input']) => Mutations[N]['result']
} = {
  createBucket,
  putBucketAcl,
  deleteBucket,
  putEntry,
  deleteEntries,
  changeEntry,
  createUpload,
  putPart,
  completeUpload,
  abortUpload,
  openSession,
  closeSession,
  sealSegment,
  replaceChunks,
  suspectChunks,
  clearSuspects,
  forgetDegraded,
  keepState,
  emptyTrash,
  dropSegments,
  forgetCompleted,
  sweepUploads,
}
