import { accessSync } from 'node:fs'
import { open as openFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import { FormatError } from '../../../core/bytes.ts'
import { Sealer, unseal } from '../format/checksum.ts'
import { type DatabaseName, databases } from './databases.ts'
import type { Index, IndexItem, IndexWrite, ScanRange } from './index.ts'

/** Address space for the map. It takes no memory; it has to be larger than the index will ever be. */
const mapBytes = 2 ** 40
/** Twice the usual page: less depth, and bodies of 4 KiB fit. Keys may then have up to 4,026 bytes. */
export const pageBytes = 8192
/** Gateways and tools that may map the index at the same time. */
const readersMax = 512

const binary = { encoding: 'binary', keyEncoding: 'binary', cache: false } as const

/**
 * The index in LMDB. Writes are not synced: the journal is the durable record, and an index that may have been cut off
 * by a crash of the machine is made anew from it (recover-index.ts). A process that is killed does it no harm.
 *
 * @throws the system's error: ENOENT when its folder is not there
 * @param damaged told when a value does not match its checksum, or LMDB finds its own structure broken
 */
export function openLmdbIndex(
  path: string,
  mode: 'readOnly' | 'readWrite',
  damaged: (error: unknown) => void = () => {},
): Index {
  const isReader = mode === 'readOnly'
  // LMDB would make the folder: where it is missing, the file system of the drive may not be mounted.
  accessSync(dirname(path))
  const environment = open<Buffer, Buffer>({
    path,
    ...binary,
    readOnly: isReader,
    maxDbs: databases.length + 4,
    maxReaders: readersMax,
    mapSize: mapBytes,
    pageSize: pageBytes,
    noSync: true,
    overlappingSync: false,
    noMemInit: true,
    eventTurnBatching: false,
  })
  const opened = new Map(databases.map((name) => [name, environment.openDB<Buffer, Buffer>({ name, ...binary })]))
  return new LmdbIndex(environment, opened, damaged)
}

/** MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_PANIC and MDB_INVALID of lmdb.h. Others are of the system, such as a full drive. */
const damageCodes: ReadonlySet<unknown> = new Set([-30796, -30797, -30795, -30793])

/** LMDB has found its own structure broken, or a value is not what was written. */
export function isIndexDamage(error: unknown): boolean {
  return error instanceof FormatError || (error instanceof Error && 'code' in error && damageCodes.has(error.code))
}

class LmdbIndex implements Index {
  readonly #environment: RootDatabase<Buffer, Buffer>
  readonly #databases: ReadonlyMap<DatabaseName, Database<Buffer, Buffer>>
  readonly #damaged: (error: unknown) => void
  readonly #sealer = new Sealer()

  constructor(
    environment: RootDatabase<Buffer, Buffer>,
    opened: ReadonlyMap<DatabaseName, Database<Buffer, Buffer>>,
    damaged: (error: unknown) => void,
  ) {
    this.#environment = environment
    this.#databases = opened
    this.#damaged = damaged
  }

  /** lmdb renews its snapshot by a timer only: without this, a process misses what another has just written. */
  refresh(): void {
    this.#environment.resetReadTxn()
  }

  get(database: DatabaseName, key: Buffer): Buffer | undefined {
    try {
      const sealed = this.#database(database).getBinary(key)
      return sealed === undefined ? undefined : unseal(sealed)
    } catch (error) {
      this.#damaged(error)
      throw error
    }
  }

  *scan(database: DatabaseName, { from, to, limit }: ScanRange): Generator<IndexItem, void, undefined> {
    try {
      for (const { key, value } of this.#database(database).getRange({ start: from, end: to, limit })) {
        yield { key, value: unseal(value) }
      }
    } catch (error) {
      this.#damaged(error)
      throw error
    }
  }

  apply(writes: readonly IndexWrite[]): void {
    try {
      this.#environment.transactionSync(() => {
        for (const { database, key, value } of writes) {
          if (value === undefined) this.#database(database).removeSync(key)
          // LMDB takes its copy at once.
          else this.#database(database).putSync(key, this.#sealer.seal(value))
        }
      })
    } catch (error) {
      if (isIndexDamage(error)) this.#damaged(error)
      throw error
    }
  }

  async sizeBytes(): Promise<number> {
    return (await stat(this.#path)).size
  }

  async copyTo(path: string): Promise<void> {
    await this.#environment.backup(path, true)
    await syncFile(path)
  }

  /** Only after this, what is on the drive is whole whatever happens to the machine. */
  async sync(): Promise<void> {
    await syncFile(this.#path)
  }

  async close(): Promise<void> {
    await this.#environment.close()
  }

  #database(name: DatabaseName): Database<Buffer, Buffer> {
    return this.#databases.get(name) as Database<Buffer, Buffer>
  }

  get #path(): string {
    return (this.#environment as unknown as { path: string }).path
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await openFile(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
