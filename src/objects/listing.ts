/** One object as a listing tells of it. */
export interface ListedObject {
  readonly key: string
  /** Bytes. */
  readonly size: number
  /** As ObjectHead has it; '' where the listing has none. */
  readonly etag: string
}

/** The keys under a prefix, which like every S3 prefix is a string. */
export interface Listing {
  /** In the origin's own order; few at a time are in memory. @throws OriginRefusal, OriginUnavailable */
  objects (bucket: string, prefix: string, signal: AbortSignal): AsyncGenerator<ListedObject>
  close (): void
}
