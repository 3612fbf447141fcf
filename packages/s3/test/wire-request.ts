import { type Body, Headers, type ObjectInfo, parseTarget, type WireRequest } from '../src/index.ts'

/** What a test cares about of a request; the rest is ordinary. */
export interface RequestParts {
  readonly bucket?: string
  readonly key?: string
  /** Without its question mark. */
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly document?: string
  readonly body?: Body
  readonly isAnonymous?: boolean
  readonly isHosted?: boolean
}

export function wireRequest(parts: RequestParts = {}): WireRequest {
  const { bucket = 'photos', key = '', query = '', headers = {}, document = '', ...others } = parts
  return {
    bucket,
    key,
    query: parseTarget(`/?${query}`).query,
    headers: new Headers(Object.entries(headers).flat()),
    document: Buffer.from(document),
    body: undefined,
    origin: 'http://s3.example.com',
    ...others,
  }
}

/** A body of a size that nobody reads. */
export function bodyOfSize(sizeBytes: number | undefined): Body {
  return {
    sizeBytes,
    replayable: false,
    readInto: () => Promise.reject(new Error('nobody was to read this body')),
  }
}

/** An object with nothing special to it, ten bytes long. */
export const plainObject: ObjectInfo = {
  sizeBytes: 10,
  etag: 'abc',
  lastModifiedMs: Date.UTC(2026, 10, 21, 13, 41, 0, 999),
  content: {},
  metadata: {},
  storageClass: 'STANDARD',
  tagCount: 0,
}

/** The headers of a reply by name; a name that comes twice is a mistake. */
export function headersOf({ headers }: { readonly headers: readonly string[] }): Record<string, string> {
  const found: Record<string, string> = {}
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string
    if (Object.hasOwn(found, name)) throw new Error(`the header ${name} comes twice`)
    found[name] = headers[index + 1] as string
  }
  return found
}

/** A document without its declaration and its namespace, for a test to show. */
export function bare(document: string | undefined): string {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
  if (!document?.startsWith(declaration)) throw new Error(`no XML declaration: ${document?.slice(0, 100)}`)
  return document.slice(declaration.length).replace(' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', '')
}
