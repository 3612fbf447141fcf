import { uriEncode } from '@headrace/s3'
import { z } from 'zod'
import { AdminError, type AdminErrorCode, adminErrors } from './admin-error.ts'
import type { ApiRequest, Transport } from './admin-transport.ts'
import { type Area, type AreaAdmins, areas } from './api-areas.ts'
import { type ApiOperation, takesDocument } from './api-operation.ts'

/**
 * The operator's side of an area on the other side of a connection. Its operations throw what those at the server throw,
 * and what the transport throws when nobody is there.
 */
export function adminClient<A extends Area>(area: A, transport: Transport): AreaAdmins[A] {
  const { prefix, operations } = areas[area]
  const call = (operation: ApiOperation) => async (input: object) =>
    readReply(await transport(requestFor(prefix, operation, input)))
  const calls = Object.entries(operations).map(([name, operation]) => [name, call(operation)])
  return Object.fromEntries(calls) as unknown as AreaAdmins[A]
}

/** Fields go into the path, then into the query or the document; those that are `null` are what they are by default. */
function requestFor(prefix: string, { method, path }: ApiOperation, input: object): ApiRequest {
  const fields = new Map(Object.entries(input).filter(([, value]) => value !== null))
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(fields.get(name))
    fields.delete(name)
    return uriEncode(value)
  })
  const target = `${prefix}${filled}`
  if (takesDocument(method)) return { method, target, body: JSON.stringify(Object.fromEntries(fields)) }
  const query = [...fields].map(([name, value]) => `${name}=${uriEncode(String(value))}`).join('&')
  return { method, target: query === '' ? target : `${target}?${query}`, body: undefined }
}

const errorReply = z.object({
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }),
})

function readReply({ status, text }: { status: number; text: string }): unknown {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    document = undefined
  }
  if (status === 200 && document !== undefined) return document
  const { data } = errorReply.safeParse(document)
  if (data === undefined) {
    throw new Error(`Status ${status}, and no reply of the admin API. Is this the admin port of headrace (9001)?`)
  }
  const { code, message, remedy } = data.error
  throw new AdminError(code in adminErrors ? (code as AdminErrorCode) : 'InternalError', message, remedy)
}
