import { defineCodec } from './define-codec.ts'
import { versionOf } from './read.ts'
import { conditionHeaders } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export const deleteObject = defineCodec('deleteObject', {
  encode: ({ ifMatch }) => ({ headers: conditionHeaders({ ifMatch }) }),
  decode({ headers }) {
    const { versionId } = versionOf(headers)
    return {
      ...(versionId !== undefined && { versionId }),
      ...(headers.get('x-amz-delete-marker') === 'true' && { deleteMarker: true }),
    }
  },
})
