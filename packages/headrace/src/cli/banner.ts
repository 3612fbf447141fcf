import type { RunningServer } from '../processes/supervisor.ts'

export interface BannerOptions {
  readonly server: RunningServer
  readonly host: string
  readonly adminHost: string
  readonly isTls: boolean
  /** The secret came from outside; whoever set it knows it. */
  readonly secretIsGiven: boolean
  /** Where the data is; undefined for a store on drives of our own. */
  readonly upstreams?: readonly string[] | undefined
}

/** What `headrace serve` prints once it serves: where, with which key, and three commands to try. */
export function banner({ server, host, adminHost, isTls, secretIsGiven, upstreams }: BannerOptions): string {
  const { port, adminPort, root, rootKey } = server
  const shownHost = inUrl(host)
  const endpoint = `${isTls ? 'https' : 'http'}://${shownHost}:${port}`
  const secret = secretIsGiven ? '"$HEADRACE_SECRET_KEY"' : rootKey.secretKey
  return `
Headrace serves S3.

  Endpoint    ${endpoint}
  Access key  ${rootKey.accessKeyId}
  Secret key  ${secretIsGiven ? '(as given in HEADRACE_SECRET_KEY)' : rootKey.secretKey}
  ${upstreams === undefined ? `Store       ${root}` : `Upstreams   ${upstreams.join(' ')}`}
  Metrics     http://${inUrl(adminHost)}:${adminPort}/metrics

Try it, in another terminal:

  export AWS_ACCESS_KEY_ID=${rootKey.accessKeyId} AWS_SECRET_ACCESS_KEY=${secret} AWS_DEFAULT_REGION=us-east-1
  aws --endpoint-url ${endpoint} s3 mb s3://first && aws --endpoint-url ${endpoint} s3 cp README.md s3://first/

  rclone lsf ":s3,provider=Other,env_auth,endpoint='${endpoint}':first"

  python3 -c "import boto3; print(boto3.client('s3', endpoint_url='${endpoint}').list_objects_v2(Bucket='first')['KeyCount'])"

Stop it with Ctrl-C.
`
}

/** An address that one listens on, as one that can be opened from this machine. */
function inUrl(host: string): string {
  const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return address.includes(':') ? `[${address}]` : address
}
