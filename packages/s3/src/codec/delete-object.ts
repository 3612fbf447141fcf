import { parseEtagCondition } from '../conditions.ts'
import type { Codec } from './codec.ts'
import { readObject, refuseUnservedHeaders } from './read.ts'
import { versionHeaders } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export const deleteObject: Codec<'deleteObject'> = {
  decode(request) {
    refuseUnservedHeaders(request.headers)
    return { ...readObject(request), ifMatch: parseEtagCondition(request.headers.get('if-match')) }
  },
  encode({ versionId, deleteMarker }) {
    const headers = versionHeaders(versionId)
    if (deleteMarker === true) headers.push('x-amz-delete-marker', 'true')
    return { status: 204, headers }
  },
}
