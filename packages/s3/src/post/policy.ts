import { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'

/** One condition of a form's policy. Names of fields are in lower case, sizes in bytes, inclusive. */
type Condition =
  | { readonly kind: 'eq' | 'starts-with'; readonly field: string; readonly value: string }
  | { readonly kind: 'content-length-range'; readonly min: number; readonly max: number }

/** The policy document of a form upload: until when, and what its fields may be. */
export interface PostPolicy {
  /** Milliseconds since 1970. */
  readonly expirationMs: number
  readonly conditions: readonly Condition[]
}

/**
 * Reads a policy document.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 * @param base64 the field `policy`, as it was signed
 * @throws S3Error InvalidPolicyDocument
 */
export function parsePostPolicy(base64: string): PostPolicy {
  // The fields of a form are limited together; alone, a document of any size would go to the JSON parser.
  if (base64.length > limits.formFieldsBytesMax) throw invalid('it is too long')
  let document: unknown
  try {
    document = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'))
  } catch {
    throw invalid('it is not JSON')
  }
  if (!isRecord(document)) throw invalid('it is not an object')
  const { expiration, conditions } = document
  const isTime = typeof expiration === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(expiration)
  // A month 13 looks like a time and is none. No time is ever after it, so such a policy would never expire.
  const expirationMs = isTime ? Date.parse(expiration) : Number.NaN
  if (Number.isNaN(expirationMs)) throw invalid("its 'expiration' is not a time such as 2026-11-21T13:41:00Z")
  if (!Array.isArray(conditions)) throw invalid("it has no list 'conditions'")
  return { expirationMs, conditions: conditions.map(parseCondition) }
}

function parseCondition(condition: unknown): Condition {
  if (Array.isArray(condition)) return parseListCondition(condition)
  const entries = isRecord(condition) ? Object.entries(condition) : []
  const [field, value] = entries[0] ?? []
  if (entries.length !== 1 || field === undefined || typeof value !== 'string') {
    throw invalid('a condition is not {"field": "value"}')
  }
  return { kind: 'eq', field: field.toLowerCase(), value }
}

function parseListCondition(condition: unknown[]): Condition {
  const [operator, first, second] = condition
  const kind = typeof operator === 'string' ? operator.toLowerCase() : ''
  if (condition.length !== 3) throw invalid('a condition does not have three elements')
  if (kind === 'content-length-range') {
    return { kind, min: parseSize(first), max: parseSize(second) }
  }
  if (
    (kind === 'eq' || kind === 'starts-with') &&
    typeof first === 'string' &&
    first.startsWith('$') &&
    typeof second === 'string'
  ) {
    return { kind, field: first.slice(1).toLowerCase(), value: second }
  }
  throw invalid('a condition is not one of eq, starts-with and content-length-range')
}

/** Policies have sizes as numbers, and some libraries write them as text. */
function parseSize(value: unknown): number {
  const size = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (Number.isSafeInteger(size) && (size as number) >= 0) return size as number
  throw invalid('content-length-range needs two sizes in bytes')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(what: string): S3Error {
  return new S3Error('InvalidPolicyDocument', `Invalid Policy: ${what}.`)
}

/**
 * Fields that need no condition: they carry the policy itself, or can only make a check stricter. `bucket` is not among
 * them: a policy that names no bucket would be good for every one, and AWS refuses it.
 */
const exemptFields = new Set(['awsaccesskeyid', 'signature', 'policy', 'file', 'x-amz-signature'])

function isExempt(field: string): boolean {
  return exemptFields.has(field) || field.startsWith('x-ignore-') || bodyChecks.test(field)
}

const bodyChecks = /^x-amz-(?:sdk-checksum-algorithm|checksum-(?:crc32|crc32c|crc64nvme|sha1|sha256))$/

/**
 * Holds the fields of a form against its policy: every condition must hold, and every field must have a condition.
 * @param fields by lower-case name, `bucket` and the final `key` among them
 * @throws S3Error AccessDenied
 */
export function requirePolicy(policy: PostPolicy, fields: ReadonlyMap<string, string>, nowMs: number): void {
  const denied = (why: string) => new S3Error('AccessDenied', `Invalid according to Policy: ${why}`)
  if (nowMs > policy.expirationMs) throw denied('Policy expired.')
  const covered = new Set<string>()
  for (const condition of policy.conditions) {
    if (condition.kind === 'content-length-range') continue
    const { kind, field, value } = condition
    covered.add(field)
    const given = fields.get(field) ?? ''
    const holds = kind === 'eq' ? given === value : given.startsWith(value)
    if (!holds) throw denied(`Policy Condition failed: ["${kind}", "$${field}", "${value}"]`)
  }
  const extra = [...fields.keys()].filter((field) => !covered.has(field) && !isExempt(field))
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`)
}

/** The sizes that the policy allows for the file: bytes, inclusive, and never more than one request may write. */
export function policySizeRange(policy: PostPolicy): { min: number; max: number } {
  let range = { min: 0, max: limits.putBytesMax }
  for (const condition of policy.conditions) {
    if (condition.kind !== 'content-length-range') continue
    range = { min: Math.max(range.min, condition.min), max: Math.min(range.max, condition.max) }
  }
  return range
}
