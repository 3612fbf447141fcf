import { programs } from '../needs.ts'
import type { Endpoint } from './endpoint.ts'
import { run } from './program.ts'

/** What rclone calls the endpoint: `sut:bucket/key`. */
const remote = 'SUT'

/** Runs rclone, in its default settings for an S3 that is none of those it knows by name. */
export async function rclone(endpoint: Endpoint, args: readonly string[], timeoutMs?: number): Promise<string> {
  const { url, accessKeyId, secretKey, certificate } = endpoint
  const env = {
    RCLONE_CONFIG: '/dev/null',
    [`RCLONE_CONFIG_${remote}_TYPE`]: 's3',
    [`RCLONE_CONFIG_${remote}_PROVIDER`]: 'Other',
    [`RCLONE_CONFIG_${remote}_ENDPOINT`]: url,
    [`RCLONE_CONFIG_${remote}_ACCESS_KEY_ID`]: accessKeyId,
    [`RCLONE_CONFIG_${remote}_SECRET_ACCESS_KEY`]: secretKey,
  }
  const trust = certificate === undefined ? [] : ['--ca-cert', certificate]
  return await run(programs.rclone, [...args, ...trust], { env, timeoutMs })
}
