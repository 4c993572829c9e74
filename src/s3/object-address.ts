/**
 * One object; without `versionId`, whatever is current under the key. Bucket and key are decoded, and sent as they are.
 */
export interface ObjectAddress {
  readonly bucket: string
  readonly key: string
  readonly versionId?: string
}

/** A bucket, or one object in it. */
export type BucketOrObject = ObjectAddress | {
  readonly bucket: string
  readonly key?: never
  readonly versionId?: never
}
