import { createHash } from 'node:crypto'
import { type Body, type BodyWants, type ByteSink, createChecksum, limits } from '@headrace/s3'
import { FormatError } from '../../../core/bytes.ts'
import { timeOrderedId } from '../../../core/ids.ts'
import { type DataHint, type WrittenData, writeData } from '../data/data-writer.ts'
import type { Extent } from '../format/details.ts'
import { mayShare } from '../placement/may-share.ts'
import type { Placement } from '../placement/placement.ts'
import { awaitMapOf } from './await-map.ts'
import { discardAll } from './commit.ts'
import { type OpenExtent, readExtents } from './read-extents.ts'
import { type EmbeddedServices, requireWriting } from './services.ts'

export interface CopyOptions {
  /** The object that the copy is, or is a part of. */
  readonly target: DataHint
  /** Digests of all bytes that are needed; `moves` says whether some of them are read anyway. */
  readonly wants: (moves: boolean) => BodyWants
  /** Ends the copy when nobody waits for it any more. */
  readonly signal: AbortSignal
}

/** What a copy consists of. Nothing of it is committed. */
export interface CopiedExtents {
  readonly extents: readonly Extent[]
  /** What was written anew. */
  readonly data: readonly WrittenData[]
  /** What is shared with the source: one id for each extent. */
  readonly references: readonly Buffer[]
  /** Those that were wanted. */
  readonly md5: Buffer | undefined
  readonly checksum: Buffer | undefined
}

/**
 * Makes the extents of a copy out of those of its source, to be called in the snapshot that they were found in. The copy
 * shares what may stay where it is, and bytes in the index; no byte is moved then. The rest is read and written anew, as
 * data that belongs where the copy does. Memory is that of one read and one write, whatever the size.
 * @throws S3Error when it cannot be read or written; then nothing is left of it
 */
export async function copyExtents(
  services: EmbeddedServices,
  source: readonly OpenExtent[],
  options: CopyOptions,
): Promise<CopiedExtents> {
  const end = services.reads.begin()
  try {
    const rows = source.flatMap(({ row }) => row ?? [])
    const wait = awaitMapOf(rows, services)
    if (wait !== undefined) await wait
    return await new Copy(services, options).run(runsOf(source, services.maps.current, options.target))
  } finally {
    end()
  }
}

/** Neighbouring extents of which the same becomes. */
interface Run {
  readonly isMoved: boolean
  readonly extents: OpenExtent[]
  sizeBytes: number
}

/**
 * What is moved becomes one data for each run, and not for each extent: that would sync the drives for every part of an
 * upload. No data is larger than a PUT can be, so that its chunks fit on drives, and are healed and moved in steps.
 */
export function runsOf(
  source: readonly OpenExtent[],
  placement: Placement,
  target: Pick<DataHint, 'bucket' | 'storageClass'>,
): Run[] {
  const runs: Run[] = []
  for (const extent of source) {
    const isMoved = extent.row !== undefined && !mayShare(placement, extent.row, target)
    const run = runs.at(-1)
    if (run?.isMoved === isMoved && run.sizeBytes + extent.length <= limits.putBytesMax) {
      run.extents.push(extent)
      run.sizeBytes += extent.length
    } else {
      runs.push({ isMoved, extents: [extent], sizeBytes: extent.length })
    }
  }
  return runs
}

class Copy {
  readonly #services: EmbeddedServices
  readonly #options: CopyOptions
  readonly #extents: Extent[] = []
  readonly #data: WrittenData[] = []
  readonly #references: Buffer[] = []

  constructor(services: EmbeddedServices, options: CopyOptions) {
    this.#services = services
    this.#options = options
  }

  async run(runs: readonly Run[]): Promise<CopiedExtents> {
    const wants = this.#options.wants(runs.some(({ isMoved }) => isMoved))
    const md5 = wants.md5 ? createHash('md5') : undefined
    const checksum = wants.checksum && createChecksum(wants.checksum)
    const digest = (bytes: Uint8Array) => {
      md5?.update(bytes)
      checksum?.update(bytes)
    }
    const isRead = md5 !== undefined || checksum !== undefined
    try {
      for (const run of runs) {
        if (run.isMoved) await this.#move(run, digest)
        else await this.#share(run, isRead ? digest : undefined)
      }
    } catch (error) {
      await discardAll(this.#data)
      throw error
    }
    return {
      extents: this.#extents,
      data: this.#data,
      references: this.#references,
      md5: md5?.digest(),
      checksum: checksum?.digest(),
    }
  }

  async #share({ extents, sizeBytes }: Run, digest: ((bytes: Uint8Array) => void) | undefined): Promise<void> {
    for (const { dataId, offset, length } of extents) {
      this.#extents.push({ dataId, offset, length })
      this.#references.push(dataId)
    }
    const nowhere: ByteSink = { write: () => undefined }
    if (digest !== undefined) await this.#read({ extents, sizeBytes }, nowhere, digest)
  }

  async #move(run: Run, digest: (bytes: Uint8Array) => void): Promise<void> {
    const { target } = this.#options
    const { space, runtime } = this.#services
    const { sizeBytes } = run
    const dataId = timeOrderedId(runtime)
    const body: Body = {
      sizeBytes,
      replayable: true,
      readInto: async (sink) => {
        await this.#read(run, sink, digest)
        return { sizeBytes }
      },
    }
    const coming = { dataId, bucket: target.bucket, storageClass: target.storageClass, sizeBytes }
    const { data } = await space.during(coming, () =>
      writeData(body, {}, dataId, target, requireWriting(this.#services)),
    )
    this.#data.push(data)
    this.#extents.push({ dataId, offset: 0, length: sizeBytes })
  }

  async #read(
    { extents, sizeBytes }: Pick<Run, 'extents' | 'sizeBytes'>,
    sink: ByteSink,
    digest: (bytes: Uint8Array) => void,
  ): Promise<void> {
    let leftBytes = sizeBytes
    const through: ByteSink = {
      write: (bytes) => {
        this.#options.signal.throwIfAborted()
        leftBytes -= bytes.length
        digest(bytes)
        return sink.write(bytes)
      },
    }
    await readExtents(extents, through, this.#services)
    if (leftBytes !== 0) throw new FormatError(`a copy has ${leftBytes} bytes less than its source should have`)
  }
}
