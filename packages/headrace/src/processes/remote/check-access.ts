import { S3Error } from '@headrace/s3'
import { attemptErrorOf } from '../../core/attempt.ts'
import { anonymous } from '../../core/context.ts'
import type { Log } from '../../core/events.ts'
import type { ObjectStore } from '../../core/store.ts'

/** Whether it is there does not matter: what counts is that the request is understood, and its signature taken. */
const bucket = 'headrace-start'

/**
 * Says at the start what is wrong with the upstreams or the key to them, before clients find out. The server serves all
 * the same: upstreams come back, and keys are mended there too. It never rejects.
 */
export async function checkAccess(store: ObjectStore, log: Log, signal: AbortSignal): Promise<void> {
  try {
    await store.getBucketLocation({ bucket }, { requestId: 'start', principal: anonymous, signal, notes: {} })
  } catch (error) {
    if (signal.aborted) return
    if (attemptErrorOf(error) !== undefined) {
      log.warn({ err: error }, 'no upstream answers: are the endpoints right, and do they run?')
    } else if (!(error instanceof S3Error)) log.error({ err: error }, 'the upstreams cannot be asked')
    else if (error.code === 'InternalError') {
      const { UpstreamCode: upstreamCode } = error.details
      log.error(
        { upstreamCode, reason: error.message },
        'look at HEADRACE_UPSTREAM_ACCESS_KEY and HEADRACE_UPSTREAM_SECRET_KEY, and at the endpoints',
      )
    }
  }
}
