/**
 * Classes that an object can have (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html). Those
 * that only directory buckets, Outposts or file systems of AWS have are none of ours.
 */
export const storageClasses = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
  'REDUCED_REDUNDANCY',
] as const
/** One of the storage classes, by its name in S3. */
export type StorageClass = (typeof storageClasses)[number]

/** Classes whose objects can be read only after a RestoreObject, which is not served. */
export const archiveClasses: ReadonlySet<string> = new Set<StorageClass>(['GLACIER', 'DEEP_ARCHIVE'])
