import type { Keys } from './sigv4.ts'

/** Where S3 is served, and the keys of an owner there. */
export interface Endpoint extends Keys {
  /** `http://127.0.0.1:9000` */
  readonly url: string
  readonly host: string
  readonly port: number
  /** Path of the PEM certificate that clients must trust; undefined for plain HTTP. */
  readonly certificate: string | undefined
}

/** What clients of AWS's own family take from the environment. */
export function clientEnvironment({ accessKeyId, secretKey, certificate }: Endpoint): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    // Nothing that the user has configured takes part.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    ...(certificate === undefined ? {} : { AWS_CA_BUNDLE: certificate }),
  }
}
