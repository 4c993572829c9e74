import type { Requester } from './requester.js'

/** One object as a listing tells of it. */
export interface ListedObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** As ObjectHead has it; '' where the listing has none, or what is there is still being written. */
  readonly etag: string
  /** As ObjectHead has it; undefined where the listing has none. */
  readonly lastModified: Date | undefined
  /** `x-amz-request-charged: requester` was answered with it. */
  readonly requestCharged?: boolean
}

/** The keys of a bucket. */
export interface Listing {
  /**
   * The objects whose keys begin with `prefix`, a string as every S3 prefix is, in the origin's own order; few at a
   * time are in memory. The requester needs the right to list, which says nothing of the right to READ.
   * @throws OriginRefusal, OriginUnavailable, the signal's reason
   */
  list (bucket: string, prefix: string, requester: Requester, signal: AbortSignal): AsyncGenerator<ListedObject>
}
