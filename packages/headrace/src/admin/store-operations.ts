import { isAbsolute } from 'node:path'
import { z } from 'zod'
import type { OperationTable } from './api-operation.ts'
import type { StoreAdminOperations } from './store-admin.ts'

export const apiPrefix = '/api/v1/store'

const textCharactersMax = 4096
const drivesMax = 256

/** In a path and in a query, numbers and flags are text. */
const wholeNumber = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.int().min(min).max(max),
  )
const flag = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean())
const drive = wholeNumber(0, 0xffff)
const text = z.string().min(1).max(textCharactersMax)
/** Of hosts, racks, classes, workers. */
const name = z.string().regex(/^[\w.@:+-]{1,255}$/, '1 to 255 letters, digits and . _ @ : + -')
const nothing = z.strictObject({})
const newDrives = z.strictObject({
  drives: z
    .array(
      z.strictObject({
        path: text
          .refine((path) => isAbsolute(path), 'an absolute path on the machine of the server')
          .refine((path) => !path.includes('\0'), 'a path without NUL'),
        host: name.nullable().default(null),
        rack: name.nullable().default(null),
        deviceClass: name.default('hot'),
      }),
    )
    .min(1)
    .max(drivesMax),
})
const width = z.strictObject({ k: z.int().min(1).max(128), m: z.int().min(0).max(128) })
const failureDomain = z.enum(['drive', 'host', 'rack'])

/** The admin API of a store: which request calls which operation. */
export const storeOperations: OperationTable<StoreAdminOperations> = {
  status: { method: 'GET', path: '/status', input: nothing },
  drives: { method: 'GET', path: '/drives', input: nothing },
  addDrives: { method: 'POST', path: '/drives', input: newDrives },
  planAdd: { method: 'POST', path: '/plans/add', input: newDrives },
  planRemove: { method: 'POST', path: '/plans/remove', input: z.strictObject({ drive }) },
  removeDrive: {
    method: 'DELETE',
    path: '/drives/{drive}',
    input: z.strictObject({ drive, force: flag.default(false) }),
  },
  cancelRemove: { method: 'POST', path: '/drives/{drive}/cancel-remove', input: z.strictObject({ drive }) },
  startScrub: {
    method: 'POST',
    path: '/scrub',
    input: z.strictObject({ deep: flag.default(false), drive: drive.nullable().default(null) }),
  },
  startHeal: { method: 'POST', path: '/heal', input: nothing },
  startCensus: { method: 'POST', path: '/census', input: nothing },
  census: { method: 'GET', path: '/census', input: nothing },
  progress: { method: 'GET', path: '/work/{worker}', input: z.strictObject({ worker: name }) },
  explain: {
    method: 'GET',
    path: '/explain',
    input: z.strictObject({ bucket: text, key: text, versionId: text.nullable().default(null) }),
  },
  rebuildIndex: { method: 'POST', path: '/index/rebuild', input: nothing },
  salvage: {
    method: 'GET',
    path: '/salvage',
    input: z.strictObject({ after: text.nullable().default(null), limit: wholeNumber(1, 10_000).default(1_000) }),
  },
  setProfile: {
    method: 'POST',
    path: '/profiles',
    input: z.strictObject({
      deviceClass: name.default('hot'),
      storageClass: name.default('STANDARD'),
      bucket: text.nullable().default(null),
      failureDomain: failureDomain.default('drive'),
      widths: z
        .strictObject({ small: width.refine(({ k }) => k === 1, 'of small data, k is 1'), large: width })
        .nullable()
        .default(null),
    }),
  },
  faults: { method: 'GET', path: '/faults', input: nothing },
  setFault: {
    method: 'POST',
    path: '/faults',
    isFault: true,
    input: z.strictObject({
      drive,
      calls: z.enum(['all', 'read', 'write']).default('all'),
      delayMs: z.number().min(0).max(3_600_000).default(0),
      errorCode: z.enum(['EIO', 'ENOSPC', 'EROFS', 'ENOENT', 'EACCES']).nullable().default(null),
      flipsBits: flag.default(false),
      probability: z.number().gt(0).max(1).default(1),
    }),
  },
  clearFaults: {
    method: 'DELETE',
    path: '/faults',
    isFault: true,
    input: z.strictObject({ drive: drive.nullable().default(null) }),
  },
}
