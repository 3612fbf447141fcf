import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { FormatError } from '../../../core/bytes.ts'
import type { Log } from '../../../core/events.ts'
import { folders } from '../data/paths.ts'
import type { Drive } from '../drive/drive.ts'
import { readWholeFile, writeFileDurably } from '../drive/write-file.ts'
import { decodeIndexState, encodeIndexState, type IndexState, IndexStateDamagedError } from '../format/index-state.ts'
import { requireLmdbFile } from '../index/check-lmdb-file.ts'
import { databases } from '../index/databases.ts'
import { newestSeq } from '../index/entries.ts'
import type { Index } from '../index/index.ts'
import { isIndexDamage, openLmdbIndex, pageBytes } from '../index/lmdb-index.ts'
import { type Replayed, replayJournal } from './journal.ts'
import { clearSuspect, isSuspect, markSuspect } from './suspect.ts'

export interface OpenIndexOptions {
  readonly drive: Drive
  /** The directory of the drive: LMDB maps files by their path. */
  readonly root: string
  readonly bootId: string | undefined
  readonly log: Log
  /** Told when the index turns out to be damaged while it is in use. */
  readonly damaged: (error: unknown) => void
}

/** The index, open for writing and rolled forward to the last commit. */
export interface OpenedIndex {
  readonly index: Index
  readonly path: string
  readonly lastSeq: number
  /** It was made anew from snapshot and journal. */
  readonly isRebuilt: boolean
  /**
   * It has commits that neither snapshot nor journal of its drive have any more: without a snapshot they would be lost
   * with it.
   */
  readonly needsSnapshot?: boolean
  /** Syncs and closes it, so that the next opening can trust it. */
  close(): Promise<void>
}

const indexFolders = [folders.index, folders.snapshots, folders.journal] as const
const newSnapshotPath = `${folders.snapshots}/new.mdb`
const statePath = `${folders.index}/state.json`

/**
 * Opens the index of a drive. It is written without syncs, so it is trusted only when it was closed in order, or when
 * the machine has run ever since; otherwise it is made anew from the newest snapshot and the journal. Either way the
 * journal is rolled forward over it.
 */
export async function openIndex(options: OpenIndexOptions): Promise<OpenedIndex> {
  const { drive, root, bootId, log } = options
  for (const folder of indexFolders) await drive.makeFolder(folder)
  const before = await readState(drive).catch((error) => {
    if (!(error instanceof IndexStateDamagedError)) throw error
    log.error(
      { err: error },
      'the state of the index is damaged; the index will be made anew from snapshot and journal',
    )
    return forgottenState(drive, error)
  })
  const isCurrent = before !== undefined && (before.clean || (bootId !== undefined && before.bootId === bootId))
  const trusted = isCurrent && !isSuspect(root)
  const snapshotSeq = (await listSnapshots(drive)).at(-1)?.seq ?? 0
  const kept = trusted ? await openNewer(options, before, snapshotSeq) : undefined
  const generation = kept?.generation ?? (before?.generation ?? 0) + 1
  // What a snapshot that was broken off left, and indexes that are not used, may be the space that is wanted now.
  await removeIndex(drive, newSnapshotPath)
  await removeOthers(drive, generation)
  const index = kept?.index ?? (await rebuild(options, generation, before !== undefined))
  const state: IndexState = { generation, bootId, clean: false }
  await writeState(drive, state)

  let replayed: Replayed
  try {
    replayed = await rollForward(options, index)
  } catch (error) {
    if (kept === undefined || !isIndexDamage(error)) throw error
    log.error({ err: error, generation }, 'the index is damaged; it will be made anew from snapshot and journal')
    markSuspect(root, String(error))
    await index.close()
    return await openIndex(options)
  }
  clearSuspect(root)
  const { lastSeq, journalSeq } = replayed
  const needsSnapshot = Math.max(journalSeq, snapshotSeq) < lastSeq
  return { ...opened(options, index, state), lastSeq, isRebuilt: kept === undefined, needsSnapshot }
}

/**
 * Makes the index of a drive anew from its newest snapshot alone; the caller rolls it forward. It is empty when no
 * snapshot can be read.
 */
export async function openSnapshot(options: OpenIndexOptions): Promise<OpenedIndex> {
  const { drive, root, bootId } = options
  // Whatever is there is not needed any more.
  const before = await readState(drive).catch((error) => forgottenState(drive, error))
  const state: IndexState = { generation: (before?.generation ?? 0) + 1, bootId, clean: false }
  await removeOthers(drive, state.generation)
  const index = await rebuild(options, state.generation, true)
  const lastSeq = newestSeq(index)
  await writeState(drive, state)
  clearSuspect(root)
  return { ...opened(options, index, state), lastSeq, isRebuilt: true }
}

function opened({ drive, root }: OpenIndexOptions, index: Index, state: IndexState) {
  return {
    index,
    path: join(root, indexPath(state.generation)),
    async close() {
      await index.sync()
      await index.close()
      await writeState(drive, { ...state, clean: true })
    },
  }
}

async function readState(drive: Drive): Promise<IndexState | undefined> {
  const bytes = await readWholeFile(drive, statePath)
  return bytes === undefined ? undefined : decodeIndexState(bytes)
}

/** An index gets a number behind it that no process can have open under this name. */
const forgottenGeneration = 1_000_000

/** What is taken for the state of an index when that cannot be read. */
async function forgottenState(drive: Drive, error: unknown): Promise<IndexState> {
  if (!(error instanceof FormatError)) throw error
  const numbers = (await drive.list(folders.index)).map((name) => Number.parseInt(name, 10) || 0)
  return { generation: forgottenGeneration + Math.max(0, ...numbers), bootId: undefined, clean: false }
}

async function writeState(drive: Drive, state: IndexState): Promise<void> {
  await writeFileDurably(drive, statePath, encodeIndexState(state))
}

/** Applies what the journal has and the index has not. */
async function rollForward({ drive, log }: OpenIndexOptions, index: Index): Promise<Replayed> {
  const appliedSeq = newestSeq(index)
  let records = 0
  const replayed = await replayJournal(drive, appliedSeq, ({ writes }) => {
    index.apply(writes)
    records += 1
  })
  const { lastSeq } = replayed
  if (records > 0) log.info({ from: appliedSeq, to: lastSeq, records }, 'the index was rolled forward from the journal')
  return replayed
}

function indexPath(generation: number): string {
  return `${folders.index}/${generation}.mdb`
}

function openTrusted(
  { root, log, damaged }: OpenIndexOptions,
  { generation }: IndexState,
): { index: Index; generation: number } | undefined {
  try {
    const path = join(root, indexPath(generation))
    requireLmdbFile(path, pageBytes)
    const index = openLmdbIndex(path, 'readWrite', damaged)
    newestSeq(index)
    return { index, generation }
  } catch (error) {
    log.error({ err: error, generation }, 'the index cannot be read; it will be made anew from snapshot and journal')
    return undefined
  }
}

/** One that was behind when its process died may need a part of the journal that the snapshot has made needless. */
async function openNewer(options: OpenIndexOptions, state: IndexState, snapshotSeq: number) {
  const kept = openTrusted(options, state)
  if (kept === undefined || newestSeq(kept.index) >= snapshotSeq) return kept
  await kept.index.close()
  return undefined
}

/** Makes a new index from the newest snapshot that can be read, or an empty one when there never was any. */
async function rebuild(options: OpenIndexOptions, generation: number, isOld: boolean): Promise<Index> {
  const { drive, root, log } = options
  const target = indexPath(generation)
  for (const snapshot of (await listSnapshots(drive)).reverse()) {
    await removeIndex(drive, target)
    await copyFile(join(root, snapshot.path), join(root, target))
    const opened = openTrusted(options, { generation, bootId: undefined, clean: true })
    if (opened !== undefined) {
      log.info({ snapshot: snapshot.path }, 'the index is made anew from a snapshot and the journal')
      return opened.index
    }
  }
  if (isOld) log.info({}, 'the index is made anew from the journal')
  await removeIndex(drive, target)
  return openLmdbIndex(join(root, target), 'readWrite', options.damaged)
}

async function removeIndex(drive: Drive, path: string): Promise<void> {
  await drive.remove(path)
  await drive.remove(`${path}-lock`)
}

async function removeOthers(drive: Drive, generation: number): Promise<void> {
  for (const name of await drive.list(folders.index)) {
    const match = /^(\d+)\.mdb(-lock)?$/.exec(name)
    if (match !== null && Number(match[1]) !== generation) await drive.remove(`${folders.index}/${name}`)
  }
}

/** Values that are read in one go: others have their turn in between. */
const checkedAtOnce = 1000

/** Reads every value, which is held against its checksum. */
async function checkValues(index: Index): Promise<void> {
  for (const database of databases) {
    for (let from: Buffer | undefined = Buffer.alloc(0); from !== undefined; await setImmediate()) {
      let last: Buffer | undefined
      let count = 0
      for (const { key } of index.scan(database, { from, limit: checkedAtOnce })) {
        last = key
        count += 1
      }
      from = last !== undefined && count === checkedAtOnce ? Buffer.concat([last, Buffer.alloc(1)]) : undefined
    }
  }
}

interface Snapshot {
  readonly path: string
  readonly seq: number
}

/** Oldest first. */
export async function listSnapshots(drive: Drive): Promise<Snapshot[]> {
  const names = (await drive.list(folders.snapshots)).filter((name) => /^[0-9a-f]{16}\.mdb$/.test(name)).sort()
  return names.map((name) => ({ path: `${folders.snapshots}/${name}`, seq: Number.parseInt(name.slice(0, 16), 16) }))
}

/**
 * Takes a snapshot of the index, and removes the ones before it.
 * @returns the last commitSeq that is in it
 * @throws FormatError when a value in it does not match its checksum: then the ones before it are better
 */
export async function takeSnapshot(drive: Drive, root: string, index: Index): Promise<number> {
  let seq: number
  try {
    await removeIndex(drive, newSnapshotPath)
    await index.copyTo(join(root, newSnapshotPath))
    const copy = openLmdbIndex(join(root, newSnapshotPath), 'readWrite')
    try {
      seq = newestSeq(copy)
      await checkValues(copy)
    } finally {
      await copy.close()
    }
  } catch (error) {
    await removeIndex(drive, newSnapshotPath)
    throw error
  }
  await drive.remove(`${newSnapshotPath}-lock`)
  const path = `${folders.snapshots}/${seq.toString(16).padStart(16, '0')}.mdb`
  await drive.rename(newSnapshotPath, path)
  for (const snapshot of await listSnapshots(drive)) {
    if (snapshot.path !== path) await drive.remove(snapshot.path)
  }
  return seq
}

/**
 * Takes away index, snapshots and journal of a drive that is not one of those with the index: what it has is old. Its
 * state stays, so that the next index gets a name of its own.
 */
export async function clearIndex(drive: Drive, root: string): Promise<void> {
  for (const folder of indexFolders) await drive.makeFolder(folder)
  markSuspect(root, 'the drive is going to have another index')
  for (const folder of indexFolders) {
    for (const name of await drive.list(folder)) {
      if (folder !== folders.index || /^\d+\.mdb(-lock)?$/.test(name)) await drive.remove(`${folder}/${name}`)
    }
    await drive.syncFolder(folder)
  }
}
