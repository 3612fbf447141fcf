import type { Query } from '@headrace/s3'
import type { z } from 'zod'
import { AdminError } from './admin-error.ts'
import { type ApiOperation, takesDocument } from './api-operation.ts'

export interface RequestFields {
  readonly method: ApiOperation['method']
  /** Those in the path. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly query: Query
  readonly contentType: string | undefined
  readonly body: Buffer
}

/** The problems that one message tells of. */
const problemsMax = 5

/**
 * Puts together what a request says in its path, its query and its document, and checks it.
 * @throws AdminError InvalidRequest with the fields that are wrong, UnsupportedMediaType
 */
export function readInput<T>(schema: z.ZodType<T>, request: RequestFields): T {
  const { method, query, body } = request
  const hasDocument = takesDocument(method)
  if (hasDocument && query.parameters.length > 0) {
    throw new AdminError('InvalidRequest', `The fields of a ${method} are in its JSON document, not in the query.`)
  }
  if (!hasDocument && body.length > 0) throw new AdminError('InvalidRequest', `A ${method} has no body.`)
  const others = hasDocument
    ? Object.entries(readDocument(request))
    : query.parameters.map(({ name, value }) => [name, value] as const)
  const input = new Map<string, unknown>(request.fields)
  for (const [name, value] of others) {
    if (input.has(name)) throw new AdminError('InvalidRequest', `The field ${JSON.stringify(name)} is there twice.`)
    input.set(name, value)
  }
  const result = schema.safeParse(Object.fromEntries(input))
  if (result.success) return result.data
  const problems = result.error.issues.slice(0, problemsMax)
  throw new AdminError(
    'InvalidRequest',
    problems.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`)).join('; '),
  )
}

function readDocument({ contentType, body }: RequestFields): object {
  if (body.length === 0) return {}
  if (!/^application\/json\s*(;|$)/i.test(contentType ?? '')) {
    throw new AdminError('UnsupportedMediaType', 'The document must be of type application/json.')
  }
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new AdminError('InvalidRequest', 'The document is not JSON in UTF-8.')
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new AdminError('InvalidRequest', 'The document must be a JSON object.')
  }
  return document
}
