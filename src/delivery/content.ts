import type { ObjectAddress } from '../s3/object-address.js'

/** One version of an object. */
export interface Content {
  readonly object: ObjectAddress
  readonly etag: string
  /** Bytes. */
  readonly size: number
  /** How it is stored, where that is known; undefined: as it is. */
  readonly contentEncoding?: string | undefined
  /** Whose share of the reads its own are; undefined: it has one by itself. */
  readonly sharer?: string | undefined
}

export function contentId ({ object: { bucket, key, versionId }, etag, size }: Content): string {
  return JSON.stringify([bucket, key, versionId ?? null, etag, size])
}
