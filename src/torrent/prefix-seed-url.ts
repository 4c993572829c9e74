import { idOf } from './identity.js'
import type { Identity } from './identity.js'

/** Before the id of a manifest, where the seed path of an object has its pin, none of which begins so. */
const MARK = 'm.'
const ID = /^[0-9a-f]{64}$/

/** The `url-list` entry (BEP 19) of a prefix torrent: clients append its name, and the path of a file. */
export function prefixSeedUrl (base: string, identity: Identity): string {
  return `${base}/-/seed/${MARK}${Buffer.from(idOf(identity), 'hex').toString('base64url')}/`
}

/** The id of a prefix's identity in that URL; undefined where it is none. */
export function parsePrefixPin (text: string): string | undefined {
  if (!text.startsWith(MARK)) return undefined
  const id = Buffer.from(text.slice(MARK.length), 'base64url').toString('hex')
  return ID.test(id) ? id : undefined
}
