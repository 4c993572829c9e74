/** What became of a request. */
export interface RequestFacts {
  /** S3's name; undefined for a request that never became one. */
  readonly operation: string | undefined
  /** The S3 error code; undefined: none. */
  readonly code: string | undefined
  readonly status: number
  readonly seconds: number
  /** Of the body. */
  readonly bytesSent: number
}
