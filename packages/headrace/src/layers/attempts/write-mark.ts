import { limits, type Metadata, type ObjectInfo, type ObjectReader, type Operations } from '@headrace/s3'
import type { Random } from '../../core/runtime.ts'

/** User metadata that tells whose write an object is: `x-amz-meta-headrace-write`. */
export const markName = 'headrace-write'
const markBytes = 16

/** A name for one write that no other write has. */
export function newMark(random: Random): string {
  return random.bytes(markBytes).toString('hex')
}

/** The same metadata with a mark, when there is one, and room for it. */
export function withMark(metadata: Metadata, mark: string | undefined): Metadata {
  if (mark === undefined) return metadata
  const marked = { ...metadata, [markName]: mark }
  const sizeBytes = Object.entries(marked).reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  return sizeBytes > limits.metadataBytesMax ? metadata : marked
}

/** What a client gets to see of an object: the mark is ours. */
export function hideMark(output: Operations['headObject']['output']): Operations['headObject']['output'] {
  return markName in output.info.metadata ? { ...output, info: withoutMark(output.info) } : output
}

/** The same of an object that is being read. */
export function hideMarkOfReader(reader: ObjectReader): ObjectReader {
  if (!(markName in reader.info.metadata)) return reader
  return {
    info: withoutMark(reader.info),
    selection: reader.selection,
    readInto: (sink) => reader.readInto(sink),
    close: () => reader.close(),
  }
}

function withoutMark(info: ObjectInfo): ObjectInfo {
  const { [markName]: _mark, ...metadata } = info.metadata
  return { ...info, metadata }
}
