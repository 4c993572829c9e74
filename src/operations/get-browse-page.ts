import { listWindow } from '../access/folder-window.js'
import type { FolderWindowParts } from '../access/folder-window.js'
import { asking } from '../access/origin-errors.js'
import type { PublicAccess } from '../access/public-access.js'
import type { PublicHead, PublicHeads } from '../access/public-heads.js'
import { nameOf } from '../objects/folder-listing.js'
import type { FolderEntry } from '../objects/folder-listing.js'
import type { ListedObject } from '../objects/listing.js'
import type { Client } from '../objects/requester.js'
import { writeBrowsePage } from '../pages/browse-page.js'
import type { BrowsePage } from '../pages/browse-page.js'
import type { PagePlace } from '../pages/browse-url.js'
import { S3Error } from '../s3/errors.js'
import type { UrlOptions } from '../torrent/torrent-sources.js'
import { documentOf } from './measured-document.js'
import type { DocumentRequest, MeasuredDocument } from './measured-document.js'

/** Entries of a page; of each object of them the origin is asked whether everybody may READ it. */
export const PAGE_ENTRIES = 500

export interface GetBrowsePageParts extends FolderWindowParts {
  readonly access: PublicAccess
  readonly heads: PublicHeads
  readonly options: UrlOptions
}

export interface GetBrowsePageRequest extends DocumentRequest {
  readonly bucket: string
  /** A string, as every S3 prefix is; empty: the whole bucket. */
  readonly prefix: string
  readonly place: PagePlace
  readonly client: Client
}

/**
 * GetBrowsePage: what everybody may read under a prefix, a folder and a page at a time. Whoever asks, the origin is
 * asked unsigned, also where `--public` publishes what is there: which keys there are is for the origin to tell.
 * @throws S3Error AccessDenied where not everybody may list the bucket, NoSuchBucket, …
 */
export async function getBrowsePage (
  parts: GetBrowsePageParts, request: GetBrowsePageRequest, signal: AbortSignal
): Promise<MeasuredDocument> {
  const page = await pageOf(parts, request, signal)
  // Without Last-Modified: what has become private is gone from the page, and nothing in it is newer.
  return documentOf(() => writeBrowsePage(page), { lastModified: undefined, requestCharged: false }, request)
}

async function pageOf (
  parts: GetBrowsePageParts, { bucket, prefix, place, client }: GetBrowsePageRequest, signal: AbortSignal
): Promise<BrowsePage> {
  const { access: { unsigned }, options, maxObjects } = parts
  if (unsigned === undefined) throw new S3Error('AccessDenied')
  if (place.skip > maxObjects) {
    throw new S3Error('InvalidRequest', { message: 'Too much here is not for everybody: ask for a longer prefix.' })
  }
  const requester = { ...unsigned, client }
  const asked = { bucket, prefix, requester, ...place, atMost: PAGE_ENTRIES }
  const { entries, isLast } = await listWindow(parts, asked, signal)
  const objects = entries.filter((entry): entry is ListedObject => 'key' in entry)
  const heads = await asking({ bucket }, () => parts.heads.of(bucket, objects, client, signal))
  const rows = entries.flatMap((entry) => rowsOf(entry, heads))
  return {
    options,
    bucket,
    prefix,
    place,
    rows,
    next: isLast ? undefined : placeBehind(entries, new Set(rows.map(nameOfRow)), place),
    hasTorrent: rows.length > 0 && objects.every(({ key }) => {
      const head = heads.get(key)
      return head !== undefined && (head.hasTorrent || head.size === 0)
    })
  }
}

function rowsOf (entry: FolderEntry, heads: ReadonlyMap<string, PublicHead>): BrowsePage['rows'] {
  if ('folder' in entry) return [entry]
  const { key } = entry
  const head = heads.get(key)
  if (head === undefined) return []
  return [{ key, size: head.size, lastModified: head.lastModified, hasTorrent: head.hasTorrent }]
}

/** Behind all entries of a page. A URL names none that is not on the page: those behind the last row are counted. */
function placeBehind (entries: readonly FolderEntry[], shown: ReadonlySet<string>, place: PagePlace): PagePlace {
  const last = entries.findLastIndex((entry) => shown.has(nameOf(entry)))
  const entry = entries[last]
  return entry === undefined
    ? { after: place.after, skip: place.skip + entries.length }
    : { after: nameOf(entry), skip: entries.length - 1 - last }
}

function nameOfRow (row: BrowsePage['rows'][number]): string {
  return 'folder' in row ? row.folder : row.key
}
