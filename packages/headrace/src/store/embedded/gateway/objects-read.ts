import { type ByteSink, type GetObjectInput, requireConditions, type Selection } from '@headrace/s3'
import type { ObjectStore } from '../../../core/store.ts'
import { infoOfPart } from '../../shared/info-of-part.ts'
import { pageOfParts } from '../../shared/page-of-parts.ts'
import { selectBytes } from '../../shared/select-bytes.ts'
import type { Details } from '../format/details.ts'
import type { Entry } from '../format/entry.ts'
import { detailsOf } from '../index/entries.ts'
import type { IndexReader } from '../index/index.ts'
import { sliceExtents } from './extents.ts'
import { ownerOfRow } from './listing.ts'
import { objectInfo } from './object-info.ts'
import { openExtents, readExtents } from './read-extents.ts'
import { type EmbeddedServices, requireBucket, requireEntry } from './services.ts'

type ReadOperation = 'getObject' | 'headObject' | 'getObjectAttributes' | 'getObjectTagging' | 'getObjectAcl'

export function readOperations(services: EmbeddedServices): Pick<ObjectStore, ReadOperation> {
  return {
    async getObject(input) {
      const index = services.snapshot()
      const { details, info, selection } = locate(index, input)
      const wanted = selection ?? { first: 0, last: info.sizeBytes - 1 }
      const extents = openExtents(index, sliceExtents(details.extents, wanted))
      const end = services.reads.begin()
      return {
        info,
        selection,
        readInto: (sink: ByteSink) => readExtents(extents, sink, services),
        async close() {
          end()
        },
      }
    },
    async headObject(input) {
      const { info, selection } = locate(services.snapshot(), input)
      return { info, selection }
    },
    async getObjectAttributes(input) {
      const index = services.snapshot()
      const { entry } = requireEntry(index, input)
      const details = detailsOf(index, entry)
      const info = objectInfo(entry, details)
      requireConditions(input.conditions, info)
      return { info, parts: pageOfParts(partAttributes(entry, details), input) }
    },
    async getObjectTagging(input) {
      const index = services.snapshot()
      return { tags: detailsOf(index, requireEntry(index, input).entry).tags }
    },
    async getObjectAcl(input) {
      const index = services.snapshot()
      const { acl } = requireEntry(index, input).entry
      return { owner: ownerOfRow(requireBucket(index, input.bucket)), acl }
    },
  }
}

function locate(index: IndexReader, input: GetObjectInput) {
  const { entry } = requireEntry(index, input)
  const details = detailsOf(index, entry)
  const info = objectInfo(entry, details)
  const selection: Selection | undefined = selectBytes(input, info, () => details.parts.map((part) => part.sizeBytes))
  return { details, info: infoOfPart(info, partAttributes(entry, details), input), selection }
}

function partAttributes({ checksum }: Entry, { parts }: Details) {
  return parts.map((part) => ({
    sizeBytes: part.sizeBytes,
    checksum:
      checksum === undefined || part.checksum.length === 0
        ? undefined
        : { algorithm: checksum.kind.algorithm, value: part.checksum.toString('base64') },
  }))
}
