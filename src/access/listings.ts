import { LISTING_LIMITS } from '../objects/limits.js'
import type { FolderListing } from '../objects/folder-listing.js'
import type { Listing } from '../objects/listing.js'
import { FairSlots } from '../util/fair-slots.js'
import type { FolderWindowParts } from './folder-window.js'
import type { PrefixListingParts } from './prefix-listing.js'

/** All that lists for clients, who share its turns. */
export type Listings = PrefixListingParts & FolderWindowParts

/** @param maxObjects keys that are listed for one request, at most */
export function listingsOf (origin: Listing & FolderListing, maxObjects: number): Listings {
  return { listing: origin, folders: origin, maxObjects, turns: new FairSlots<string>(LISTING_LIMITS.turns) }
}
