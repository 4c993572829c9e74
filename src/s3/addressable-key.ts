import { MAX_KEY_BYTES } from './address.js'
import { climbs } from './climbing-key.js'

/**
 * Whether a URL that names this key leads to it, whichever client follows it: clients remove dot segments (RFC 3986
 * §5.2.4), and no request can name what is too long, has a NUL or is no Unicode (see parseAddress).
 */
export function isAddressable (key: string): boolean {
  return key !== '' && !/[\0\p{Surrogate}]/u.test(key) && Buffer.byteLength(key) <= MAX_KEY_BYTES && !climbs(key)
}
