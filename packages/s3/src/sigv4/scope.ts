import { HmacSha256 } from './hmac.ts'

/** The credential scope of SigV4: what a signing key is good for. */
export interface CredentialScope {
  /** YYYYMMDD, UTC. */
  readonly date: string
  readonly region: string
  readonly service: string
}

/** `20261121/us-east-1/s3/aws4_request` */
export function scopeText({ date, region, service }: CredentialScope): string {
  return `${date}/${region}/${service}/aws4_request`
}

/**
 * Derives the signing key of a secret for one scope.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#calculate-signature
 */
export function signingKey(secretKey: string, { date, region, service }: CredentialScope): HmacSha256 {
  const dateKey = new HmacSha256(`AWS4${secretKey}`).bytes(date)
  const regionKey = new HmacSha256(dateKey).bytes(region)
  const serviceKey = new HmacSha256(regionKey).bytes(service)
  return new HmacSha256(new HmacSha256(serviceKey).bytes('aws4_request'))
}

const entriesMax = 1000

/** Signing keys already derived: one a day for each access key and region, so a gateway derives next to none. */
export class SigningKeyCache {
  readonly #keys = new Map<string, { secretKey: string; key: HmacSha256 }>()

  get(accessKeyId: string, secretKey: string, scope: CredentialScope): HmacSha256 {
    const name = `${accessKeyId}/${scope.date}/${scope.region}/${scope.service}`
    const known = this.#keys.get(name)
    if (known !== undefined && known.secretKey === secretKey) return known.key
    const key = signingKey(secretKey, scope)
    // Scopes are the client's to choose, so the cache is bounded; emptying it is simpler than ranking its entries.
    if (this.#keys.size >= entriesMax) this.#keys.clear()
    this.#keys.set(name, { secretKey, key })
    return key
  }
}
