import type { ObjectAddress } from '../s3/object-address.js'
import type { Identity } from './identity.js'

/** A torrent that was answered, of an object that everybody may read. */
export interface IssuedTorrent {
  readonly identity: Identity
  readonly object: ObjectAddress
}
