import { hexHash, seededBytes } from '../../support/bytes.ts'

/** Something that was sent as the content of a key; what its bytes are follows from its seed. */
export interface Version {
  readonly seed: string
  /** Sizes of its parts; one for an object that is sent in one request. */
  readonly partBytes: readonly number[]
}

export function bodyOf({ seed, partBytes }: Version): Buffer {
  return seededBytes(
    seed,
    partBytes.reduce((sum, bytes) => sum + bytes, 0),
  )
}

export function partsOf(version: Version): Buffer[] {
  const body = bodyOf(version)
  let at = 0
  return version.partBytes.map((bytes) => {
    at += bytes
    return body.subarray(at - bytes, at)
  })
}

export function etagOf(version: Version): string {
  const parts = partsOf(version)
  if (parts.length === 1) return hexHash('md5', parts[0] as Buffer)
  const md5s = Buffer.concat(parts.map((part) => Buffer.from(hexHash('md5', part), 'hex')))
  return `${hexHash('md5', md5s)}-${parts.length}`
}

/** What is known about a key: what it must hold, and what it may hold instead when a reply was lost. */
export class KeyState {
  /** Undefined when there must be no object. */
  acknowledged: Version | undefined
  /** The outcome of the one write whose reply was lost. A key in doubt is left alone until it was looked at. */
  doubt: { readonly outcome: Version | undefined } | undefined

  /** @returns which of the versions that it may hold the bytes are, or what is wrong */
  judge(status: number, body: Buffer, etag: string): { version: Version | undefined } | string {
    const allowed = [this.acknowledged, ...(this.doubt === undefined ? [] : [this.doubt.outcome])]
    if (status === 404) {
      return allowed.includes(undefined) ? { version: undefined } : 'an acknowledged object is missing'
    }
    if (status !== 200) return `reading it was answered with ${status}: ${body.toString().slice(0, 300)}`
    for (const version of allowed) {
      if (version === undefined || !bodyOf(version).equals(body)) continue
      return etag === `"${etagOf(version)}"` ? { version } : `its ETag is ${etag}, not ${etagOf(version)}`
    }
    return `its ${body.length} bytes are none of what it may hold: ${allowed.map((v) => v?.seed ?? 'nothing')}`
  }
}
