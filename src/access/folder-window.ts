import { nameOf } from '../objects/folder-listing.js'
import type { FolderEntry, FolderListing } from '../objects/folder-listing.js'
import { isAddressable } from '../s3/addressable-key.js'
import { utf8Order } from '../util/utf8-order.js'
import { TooManyKeys, isKeyUnder, listInTurn } from './prefix-listing.js'
import type { ListedPrefix, PrefixListingParts } from './prefix-listing.js'

export interface FolderWindowParts extends Pick<PrefixListingParts, 'maxObjects' | 'turns'> {
  readonly folders: FolderListing
}

export interface FolderWindowRequest extends ListedPrefix {
  /** Entries behind this key or folder; empty: from the first. */
  readonly after: string
  /** So many of them are left out. */
  readonly skip: number
  readonly atMost: number
}

export interface FolderWindow {
  readonly entries: readonly FolderEntry[]
  /** Whether there is none behind the last one. */
  readonly isLast: boolean
}

/**
 * Some entries of a folder, in the origin's order, for a requester who may list. As listPrefix it believes nothing: of
 * a store that ignores Delimiter or StartAfter it makes the folders itself, and leaves out what is not behind `after`.
 * @throws S3Error as listPrefix; InvalidRequest where `maxObjects` more keys were listed than are wanted
 */
export function listWindow (
  { folders, maxObjects, turns }: FolderWindowParts, request: FolderWindowRequest, signal: AbortSignal
): Promise<FolderWindow> {
  const { bucket, prefix, requester, after, skip, atMost } = request
  const wanted = skip + atMost + 1
  return listInTurn(turns, request, async (signal) => {
    const names = new Set<string>()
    const entries: FolderEntry[] = []
    let listed = 0
    for await (const entry of folders.listFolder({ bucket, prefix, after, wanted }, requester, signal)) {
      signal.throwIfAborted()
      if (++listed > maxObjects + wanted) throw new TooManyKeys(maxObjects)
      const found = entryUnder(entry, prefix)
      if (found === undefined || names.has(nameOf(found)) || utf8Order(nameOf(found), after) <= 0) continue
      names.add(nameOf(found))
      if (names.size <= skip) continue
      if (entries.length === atMost) return { entries, isLast: false }
      entries.push(found)
    }
    return { entries, isLast: true }
  }, signal)
}

/** Undefined for what is no entry: of another prefix, the folder's own marker, what no URL can name. */
function entryUnder (entry: FolderEntry, prefix: string): FolderEntry | undefined {
  const name = nameOf(entry)
  const end = name.indexOf('/', prefix.length) + 1
  if ('folder' in entry && (end === 0 || !name.startsWith(prefix) || !isAddressable(name))) return undefined
  if ('key' in entry && (!isKeyUnder(entry, prefix) || (entry.size === 0 && name === prefix && name.endsWith('/')))) {
    return undefined
  }
  return end > 0 ? { folder: name.slice(0, end) } : entry
}
