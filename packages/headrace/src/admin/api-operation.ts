import type { z } from 'zod'

/** How an operation is asked for over the admin API. */
export interface ApiOperation<Input = unknown> {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Behind the prefix of its area. A segment in braces is the field of that name. */
  readonly path: string
  /** Other fields are in the query, or in the JSON document of a PUT or POST. Those that nobody knows are refused. */
  readonly input: z.ZodType<Input>
  /** Makes something fail: only where the server allows it. */
  readonly isFault?: true
}

/** Operations that belong together, with what goes in and what comes out. */
export type OperationTypes<T> = { readonly [N in keyof T]: { readonly input: unknown; readonly output: unknown } }

/**
 * The operator's side of something: implemented where that is, and by the client of the admin API.
 * - Inputs and outputs are plain data, as JSON has it.
 * - What an operator can put right is thrown as `AdminError`.
 */
export type AdminOf<T extends OperationTypes<T>> = {
  readonly [N in keyof T]: (input: T[N]['input']) => Promise<T[N]['output']>
}

/** How each of them is asked for. */
export type OperationTable<T extends OperationTypes<T>> = {
  readonly [N in keyof T]: ApiOperation<T[N]['input']>
}

/** Whether the fields are in a JSON document. */
export function takesDocument(method: ApiOperation['method']): boolean {
  return method === 'PUT' || method === 'POST'
}
