import type { ListedObject } from './listing.js'
import type { Requester } from './requester.js'

/** All keys that go on behind this one, which ends in `/`: one of S3's CommonPrefixes. */
export interface ListedFolder {
  readonly folder: string
}

export type FolderEntry = ListedObject | ListedFolder

export interface FolderRequest {
  readonly bucket: string
  /** A string, as every S3 prefix is. */
  readonly prefix: string
  /** Entries behind this key or folder; empty: all. */
  readonly after: string
  /** How many entries are wanted, about: none is read in advance beyond them. */
  readonly wanted: number
}

/** The keys of a bucket, folder by folder. */
export interface FolderListing {
  /**
   * What is under `prefix`, up to the next `/`: objects, and once each folder (ListObjectsV2 with Delimiter and
   * StartAfter), in the origin's own order, which is that of UTF-8 where it keeps to S3. Else as Listing.list.
   * @throws OriginRefusal, OriginUnavailable, the signal's reason
   */
  listFolder (request: FolderRequest, requester: Requester, signal: AbortSignal): AsyncGenerator<FolderEntry>
}

/** What an entry is called. */
export function nameOf (entry: FolderEntry): string {
  return 'folder' in entry ? entry.folder : entry.key
}
