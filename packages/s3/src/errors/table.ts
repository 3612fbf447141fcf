/** One S3 error code: what the client sees, and whether sending the same request again may succeed. */
export interface S3ErrorRow {
  /** HTTP status of the reply. */
  readonly status: number
  /** The message when the thrower gives none. */
  readonly message: string
  /** True when the same request may succeed later without a change by the client. */
  readonly retryable?: boolean
}

/**
 * Every error code that a reply can carry. Codes and statuses are AWS's
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html) but for those marked as our own.
 * docs/errors.md documents each row; a test compares the two.
 */
export const s3Errors = {
  AccessControlListNotSupported: {
    status: 400,
    message:
      'The bucket allows canned ACLs only: its objects belong to its owner, and grants to single users are not kept.',
  },
  AccessDenied: { status: 403, message: 'Access Denied' },
  AccessForbidden: { status: 403, message: 'CORSResponse: CORS is not enabled for this bucket.' },
  AuthorizationHeaderMalformed: { status: 400, message: 'The authorization header that you provided is not valid.' },
  AuthorizationQueryParametersError: { status: 400, message: 'The authorization query parameters are not valid.' },
  BadDigest: { status: 400, message: 'The checksum that you specified did not match what we received.' },
  BadRequest: { status: 400, message: 'The request is not valid HTTP/1.1.' },
  BucketAlreadyExists: { status: 409, message: 'The requested bucket name is taken by another owner.' },
  BucketNotEmpty: { status: 409, message: 'The bucket that you tried to delete is not empty.' },
  ConditionalRequestConflict: {
    status: 409,
    message: 'A conflicting operation happened during this conditional request. Send it again.',
    retryable: true,
  },
  EntityTooLarge: { status: 400, message: 'Your proposed upload is larger than the largest object allowed.' },
  EntityTooSmall: { status: 400, message: 'Your proposed upload is smaller than the smallest object allowed.' },
  IncompleteBody: { status: 400, message: 'You did not provide the number of bytes that the request announced.' },
  IncorrectNumberOfFilesInPostRequest: { status: 400, message: 'POST requires exactly one file upload per request.' },
  /** Our own: a drive that the write needs has no room (HTTP status from RFC 4918, section 11.5). */
  InsufficientStorage: { status: 507, message: 'There is not enough free space to store this.' },
  InternalError: {
    status: 500,
    message: 'We encountered an internal error. The request id leads to its record in the log.',
    retryable: true,
  },
  InvalidAccessKeyId: { status: 403, message: 'The access key id that you provided does not exist in our records.' },
  InvalidArgument: { status: 400, message: 'Invalid Argument' },
  InvalidBucketName: { status: 400, message: 'The specified bucket is not valid.' },
  InvalidDigest: { status: 400, message: 'The Content-MD5 or checksum value that you specified is not valid.' },
  InvalidLocationConstraint: { status: 400, message: 'The specified location constraint is not valid.' },
  InvalidPart: {
    status: 400,
    message:
      "One or more of the specified parts could not be found. The part may not have been uploaded, or its ETag may not match the part's.",
  },
  InvalidPartOrder: { status: 400, message: 'The list of parts was not in ascending order by part number.' },
  InvalidPolicyDocument: {
    status: 400,
    message: 'The content of the form does not meet the conditions of its policy.',
  },
  InvalidRange: { status: 416, message: 'The requested range is not satisfiable.' },
  InvalidRequest: { status: 400, message: 'Invalid Request' },
  InvalidStorageClass: { status: 400, message: 'The storage class you specified is not valid.' },
  InvalidTag: { status: 400, message: 'The tag provided was not a valid tag.' },
  InvalidURI: { status: 400, message: "Couldn't parse the specified URI." },
  KeyTooLongError: { status: 400, message: 'Your key is too long.' },
  MalformedPOSTRequest: {
    status: 400,
    message: 'The body of your POST request is not well-formed multipart/form-data.',
  },
  MalformedTrailerError: { status: 400, message: 'The trailers of the body are not what was announced.' },
  MalformedXML: {
    status: 400,
    message: 'The XML you provided was not well-formed or did not have the expected shape.',
  },
  MaxMessageLengthExceeded: { status: 400, message: 'Your request was too big.' },
  MaxPostPreDataLengthExceeded: {
    status: 400,
    message: 'The fields before the file in your POST request are too long.',
  },
  MetadataTooLarge: { status: 400, message: 'Your metadata headers exceed the maximum allowed size.' },
  MethodNotAllowed: { status: 405, message: 'The specified method is not allowed against this resource.' },
  MissingContentLength: { status: 411, message: 'You must provide the Content-Length HTTP header.' },
  MissingRequestBodyError: { status: 400, message: 'Request body is empty.' },
  MissingSecurityHeader: { status: 400, message: 'Your request was missing a required header.' },
  NoSuchBucket: { status: 404, message: 'The specified bucket does not exist.' },
  NoSuchKey: { status: 404, message: 'The specified key does not exist.' },
  NoSuchUpload: {
    status: 404,
    message: 'The specified multipart upload does not exist. The upload may have been aborted or completed.',
  },
  NoSuchVersion: {
    status: 404,
    message: 'The version id specified in the request does not match an existing version.',
  },
  /** Not an error to a client: a conditional read found the copy that the client has to be current. */
  NotModified: { status: 304, message: 'Not Modified' },
  NotImplemented: { status: 501, message: 'A part of this request means something that is not implemented.' },
  PreconditionFailed: { status: 412, message: 'At least one of the preconditions you specified did not hold.' },
  RequestHeaderSectionTooLarge: { status: 400, message: 'Your request header and query parameters are too large.' },
  RequestTimeout: {
    status: 400,
    message: 'Your socket connection to the server was not read from or written to within the timeout period.',
    retryable: true,
  },
  RequestTimeTooSkewed: {
    status: 403,
    message: "The difference between the request time and the server's time is too large.",
  },
  ServiceUnavailable: {
    status: 503,
    message: 'The service cannot take the request now. Send it again.',
    retryable: true,
  },
  SignatureDoesNotMatch: {
    status: 403,
    message:
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  },
  SlowDown: { status: 503, message: 'Please reduce your request rate.', retryable: true },
  UserKeyMustBeSpecified: { status: 400, message: 'The bucket POST must contain the specified field name: key.' },
  XAmzContentSHA256Mismatch: {
    status: 400,
    message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
  },
} as const satisfies Record<string, S3ErrorRow>

/** A code of the table. */
export type S3ErrorCode = keyof typeof s3Errors
