interface ErrorRow { readonly status: number, readonly message: string }

/** S3's error codes that this server answers, with S3's own status and message. */
const TABLE = {
  AccessDenied: { status: 403, message: 'Access Denied' },
  AccessForbidden: { status: 403, message: 'CORSResponse: This CORS request is not allowed. Only GET and HEAD are.' },
  AuthorizationHeaderMalformed: { status: 400, message: 'The authorization header that you provided is not valid.' },
  AuthorizationQueryParametersError: {
    status: 400, message: 'The authorization query parameters that you provided are not valid.'
  },
  BadRequest: { status: 400, message: 'An error occurred when parsing the HTTP request.' },
  ExpiredToken: { status: 400, message: 'The provided token has expired.' },
  InternalError: { status: 500, message: 'We encountered an internal error. Please try again.' },
  InvalidAccessKeyId: { status: 403, message: 'The AWS Access Key Id you provided does not exist in our records.' },
  InvalidArgument: { status: 400, message: 'Invalid Argument' },
  InvalidBucketName: { status: 400, message: 'The specified bucket is not valid.' },
  InvalidObjectState: { status: 403, message: "The operation is not valid for the object's storage class" },
  InvalidRange: { status: 416, message: 'The requested range is not satisfiable' },
  InvalidRequest: { status: 400, message: 'Invalid Request' },
  InvalidToken: { status: 403, message: 'The provided token is malformed or otherwise invalid.' },
  InvalidURI: { status: 400, message: "Couldn't parse the specified URI." },
  KeyTooLongError: { status: 400, message: 'Your key is too long' },
  MethodNotAllowed: { status: 405, message: 'The specified method is not allowed against this resource.' },
  NoSuchBucket: { status: 404, message: 'The specified bucket does not exist' },
  NoSuchKey: { status: 404, message: 'The specified key does not exist.' },
  NoSuchVersion: { status: 404, message: 'The specified version does not exist.' },
  NotImplemented: { status: 501, message: 'A header you provided implies functionality that is not implemented' },
  PreconditionFailed: { status: 412, message: 'At least one of the pre-conditions you specified did not hold' },
  RequestHeaderSectionTooLarge: {
    status: 431, message: 'Your request header and metadata exceed the maximum allowed request header section size.'
  },
  RequestTimeout: {
    status: 408,
    message: 'Your socket connection to the server was not read from or written to within the timeout period.'
  },
  RequestTimeTooSkewed: {
    status: 403, message: 'The difference between the request time and the current time is too large.'
  },
  RequestTorrentOfBucketError: { status: 400, message: 'Requesting the torrent file of a bucket is not permitted.' },
  SignatureDoesNotMatch: {
    status: 403,
    message: 'The request signature we calculated does not match the signature you provided. Check your key and ' +
      'signing method.'
  },
  ServiceUnavailable: { status: 503, message: 'Service is unable to handle request.' },
  SlowDown: { status: 503, message: 'Please reduce your request rate.' }
} as const satisfies Record<string, ErrorRow>

export type S3ErrorCode = keyof typeof TABLE

export interface S3ErrorOptions {
  /** Instead of the table's; never empty (aws-cli 1.45 dies on an empty one). */
  readonly message?: string
  /** Further elements of the XML body, e.g. `BucketName`. */
  readonly details?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** The only kind of error that reaches a client; anything else is logged and becomes InternalError. */
export class S3Error extends Error {
  override name = 'S3Error'
  readonly code: S3ErrorCode
  readonly status: number
  readonly details: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>

  constructor (code: S3ErrorCode, { message, details = {}, headers = {}, cause }: S3ErrorOptions = {}) {
    super(message ?? TABLE[code].message, { cause })
    this.code = code
    this.status = TABLE[code].status
    this.details = details
    this.headers = headers
  }
}
