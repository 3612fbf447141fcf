import { AdminError } from '../../src/admin/admin-error.ts'
import type { StoreAdmin, StoreAdminOperation } from '../../src/admin/store-admin.ts'
import type {
  CensusReport,
  DriveFault,
  DriveStatus,
  Explanation,
  Prediction,
  Profile,
  SalvagePage,
  StoreStatus,
  WorkerStatus,
} from '../../src/admin/store-reports.ts'

const gib = 2 ** 30
export const startedMs = Date.UTC(2026, 10, 21, 12, 0, 0)

export const profile: Profile = {
  deviceClass: 'hot',
  storageClass: 'STANDARD',
  bucket: null,
  failureDomain: 'drive',
  small: { pool: 2, k: 1, m: 2 },
  large: { pool: 3, k: 4, m: 2 },
  drives: 7,
}

export const prediction: Prediction = {
  movedBytes: 5.5 * gib,
  minimumBytes: 5 * gib,
  plainIndepBytes: 9 * gib,
  reencodeBytes: 0,
  drives: [
    { id: 0, path: '/mnt/d0', inBytes: 0, outBytes: gib },
    { id: null, path: '/mnt/d7', inBytes: 5.5 * gib, outBytes: 0 },
  ],
  profilesBefore: [profile],
  profilesAfter: [profile],
  sampledRows: 10_000,
  rows: 20_000,
  warnings: ['drive 3 is slow'],
}

export const census: CensusReport = {
  verdict: 'full',
  startedMs,
  finishedMs: startedMs + 1_500,
  rows: 20_000,
  bytes: 30 * gib,
  misplacedChunks: 0,
  widths: [
    { pool: 2, k: 1, m: 2, readableChunks: 3, rows: 15_000, bytes: gib },
    { pool: 3, k: 4, m: 2, readableChunks: 6, rows: 5_000, bytes: 29 * gib },
  ],
  lostRows: 0,
  lost: [],
}

export const idleWorker: WorkerStatus = {
  name: 'rebalance',
  state: 'idle',
  startedMs: null,
  finishedMs: null,
  doneBytes: 0,
  totalBytes: null,
  rateBytesPerS: 0,
  etaMs: null,
  note: '',
}

export function driveStatus(id: number, more: Partial<DriveStatus> = {}): DriveStatus {
  return {
    id,
    uuid: `00000000-0000-4000-8000-00000000000${id}`,
    path: `/mnt/d${id}`,
    host: 'host-1',
    rack: null,
    deviceClass: 'hot',
    state: 'up',
    membership: 'in',
    reason: '',
    sinceMs: null,
    isIndexDrive: id < 3,
    capacityBytes: 100 * gib,
    freeBytes: 40 * gib,
    usedBytes: 60 * gib,
    chunks: 1_234,
    shareOfIdeal: 1.02,
    isSlow: false,
    readP95Ms: 1.25,
    writeP95Ms: 3.5,
    errors: 0,
    ...more,
  }
}

export const status: StoreStatus = {
  storeId: '6f1c2d3e-0000-4000-8000-000000000001',
  epoch: 12,
  changedMs: startedMs,
  version: '0.1.0',
  verdict: 'full',
  protection: 'any 2 drives may fail',
  profiles: [profile],
  objects: 18_000,
  bytes: 30 * gib,
  storedBytes: 45 * gib,
  degradedRows: 0,
  missingChunks: 0,
  misplacedChunks: 0,
  drives: { up: 7, down: 0, leaving: 0, out: 0 },
  indexDrives: [0, 1, 2],
  workers: [idleWorker, { ...idleWorker, name: 'scrub', state: 'failed', note: 'drive 3 gave EIO' }],
  lastCensus: census,
  lastMove: {
    reason: 'add drive 6',
    startedMs,
    finishedMs: startedMs + 60_000,
    predictedBytes: 5.5 * gib,
    movedBytes: 5.4 * gib,
    minimumBytes: 5 * gib,
    reencodeBytes: 2 * gib,
    reencodedBytes: gib,
  },
  relaxedBuckets: [],
}

export const explanation: Explanation = {
  bucket: 'photos',
  key: 'cats/1.jpg',
  epoch: 12,
  commitSeq: 345,
  sizeBytes: 3_000_000,
  etag: 'd41d8cd98f00b204e9800998ecf8427e',
  storageClass: 'STANDARD',
  lastModifiedMs: startedMs,
  parts: 0,
  extents: [
    {
      dataId: '00112233445566778899aabbccddeeff',
      offsetBytes: 0,
      lengthBytes: 3_000_000,
      dataBytes: 3_000_000,
      references: 1,
      placement: {
        pool: { pool: 3, k: 4, m: 2 },
        targetPool: { pool: 3, k: 4, m: 2 },
        deviceClass: 'hot',
        failureDomain: 'drive',
        pg: 77,
        x: 123_456,
        set: [4, 0, 6, 2, 5, 1],
        chunks: [
          {
            chunk: 0,
            role: 'data',
            at: { drive: 4, file: 'chunks/00/0011.0', offsetBytes: null },
            belongsOn: 4,
            state: 'fine',
            why: 'in the set',
          },
          {
            chunk: 1,
            role: 'data',
            at: { drive: 3, file: 'segments/7/1', offsetBytes: 4096 },
            belongsOn: 0,
            state: 'misplaced',
            why: 'drive 3 is leaving',
          },
          { chunk: 5, role: 'coding', at: null, belongsOn: 1, state: 'missing', why: 'its drive was full' },
        ],
      },
    },
  ],
  extentCount: 1,
}

/** A store's operator side that does what a test tells it to, and remembers what it was asked. */
export class FakeStoreAdmin {
  readonly calls: { operation: StoreAdminOperation; input: unknown }[] = []
  readonly faultList: DriveFault[] = []
  driveList = [0, 1, 2, 3, 4, 5, 6].map((id) => driveStatus(id))
  status: StoreStatus = status
  census: CensusReport | null = census
  /** What the worker says, in turn; the last is said again and again. */
  progress: WorkerStatus[] = [{ ...idleWorker, startedMs, finishedMs: startedMs + 10 }]

  /** Pages, in turn. */
  salvage: SalvagePage[] = []

  /** The store as the admin API wants it. */
  get store(): StoreAdmin {
    const work = { worker: 'rebalance', startedMs }
    const answers: StoreAdmin = {
      status: async () => this.status,
      drives: async () => ({ drives: this.driveList }),
      planAdd: async () => prediction,
      addDrives: async ({ drives }) => ({
        added: drives.map(({ path }, index) => ({ id: 7 + index, path })),
        prediction,
        work,
      }),
      planRemove: async ({ drive }) => this.#known(drive, prediction),
      removeDrive: async ({ drive }) => this.#known(drive, { prediction, work }),
      cancelRemove: async () => ({ work: null }),
      startScrub: async () => ({ work: { ...work, worker: 'scrub' } }),
      startHeal: async () => ({ work: { ...work, worker: 'heal' } }),
      startCensus: async () => ({ work: { ...work, worker: 'census' } }),
      census: async () => ({ census: this.census }),
      progress: async ({ worker }) => {
        const next = this.progress.length > 1 ? this.progress.shift() : this.progress[0]
        return { ...(next as WorkerStatus), name: worker }
      },
      explain: async ({ bucket, key }) => {
        if (key === 'bug') throw new TypeError('a secret of the program')
        if (key !== explanation.key) throw new AdminError('NoSuchObject', `There is no object ${bucket}/${key}.`)
        return explanation
      },
      rebuildIndex: async () => ({ work: { ...work, worker: 'rebuild-index' } }),
      salvage: async () => this.salvage.shift() ?? { chunks: [], next: null },
      setProfile: async () => ({ profiles: [profile], work }),
      faults: async () => ({ faults: this.faultList }),
      setFault: async (fault) => {
        this.faultList.push(fault)
        return { faults: this.faultList }
      },
      clearFaults: async () => {
        this.faultList.length = 0
        return { faults: [] }
      },
    }
    const noting = Object.entries(answers).map(([name, answer]) => [
      name,
      (input: unknown) => {
        this.calls.push({ operation: name as StoreAdminOperation, input })
        return (answer as (input: unknown) => Promise<unknown>)(input)
      },
    ])
    return Object.fromEntries(noting) as StoreAdmin
  }

  #known<T>(drive: number, answer: T): T {
    if (this.driveList.some(({ id }) => id === drive)) return answer
    throw new AdminError('NoSuchDrive', `There is no drive ${drive}.`, '`headrace store drives` lists them.')
  }
}
