import { S3Error } from '../errors/s3-error.ts'

/** One condition of a form's policy. */
type Condition =
  | { readonly kind: 'eq' | 'starts-with'; readonly field: string; readonly value: string }
  | { readonly kind: 'content-length-range'; readonly min: number; readonly max: number }

/** The policy document of a form upload: until when, and what its fields may be. */
export interface PostPolicy {
  readonly expirationMs: number
  readonly conditions: readonly Condition[]
}

/**
 * Reads a policy document.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 * @throws S3Error InvalidPolicyDocument
 */
export function parsePostPolicy(base64: string): PostPolicy {
  let document: unknown
  try {
    document = JSON.parse(Buffer.from(base64, 'base64').toString('utf8'))
  } catch {
    throw invalid('it is not JSON')
  }
  if (!isRecord(document)) throw invalid('it is not an object')
  const { expiration, conditions } = document
  if (typeof expiration !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(expiration)) {
    throw invalid("its 'expiration' is not a time such as 2026-11-21T13:41:00Z")
  }
  if (!Array.isArray(conditions)) throw invalid("it has no list 'conditions'")
  return { expirationMs: Date.parse(expiration), conditions: conditions.map(parseCondition) }
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
    const [min, max] = [Number(first), Number(second)]
    if (!Number.isInteger(min) || !Number.isInteger(max) || min < 0 || max < 0) {
      throw invalid('content-length-range needs two sizes in bytes')
    }
    return { kind, min, max }
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(what: string): S3Error {
  return new S3Error('InvalidPolicyDocument', `Invalid Policy: ${what}.`)
}

/** Fields that need no condition: they carry the policy itself, or can only make a check stricter. */
function isExempt(field: string): boolean {
  return (
    [
      'awsaccesskeyid',
      'signature',
      'policy',
      'file',
      'bucket',
      'x-amz-signature',
      'x-amz-sdk-checksum-algorithm',
    ].includes(field) ||
    field.startsWith('x-ignore-') ||
    field.startsWith('x-amz-checksum-')
  )
}

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

/** The sizes that the policy allows for the file, in bytes. */
export function policySizeRange(policy: PostPolicy): { min: number; max: number } {
  let range = { min: 0, max: Number.MAX_SAFE_INTEGER }
  for (const condition of policy.conditions) {
    if (condition.kind !== 'content-length-range') continue
    range = { min: Math.max(range.min, condition.min), max: Math.min(range.max, condition.max) }
  }
  return range
}
