import { isIP } from 'node:net'
import { totalmem } from 'node:os'
import { scopeOf } from '../net/address-scope.js'
import { addressBytes } from '../net/endpoint.js'
import { climbs } from '../s3/climbing-key.js'
import { assertBucketName } from '../s3/address.js'
import { ConfigError } from './settings.js'
import { MIN_PIECE_LENGTH } from '../torrent/piece-length.js'
import type { WebSeed } from '../torrent/web-seed-url.js'
import { escapedUrl } from '../util/escaped-url.js'
import { shownUrl } from '../util/shown-url.js'

// What the texts of options mean. `named` is what the option was given as, for the sentence.

/** Four of the largest pieces that are seeded. */
const MIN_CACHE_BYTES = 64 * 1024 * 1024
const MAX_AUTO_CACHE_BYTES = 1024 * 1024 * 1024

/** Without a slash at its end. @throws ConfigError */
export function urlOf (named: string, text: string, protocols: readonly string[]): string {
  const url = URL.canParse(text) ? new URL(escapedUrl(text) ?? text) : undefined
  if (url === undefined || !protocols.includes(url.protocol)) {
    throw new ConfigError(
      `${named} "${shownUrl(text)}" is no ${protocols.map((protocol) => `${protocol}//`).join(' or ')} URL.`
    )
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new ConfigError(`${named} "${url.origin}…" must not hold a user, a query or a fragment.`)
  }
  return url.href.replace(/\/+$/, '')
}

/** As written, but for what no URL holds: a tracker's URL is an identifier to clients. @throws ConfigError */
export function trackerOf (named: string, text: string): string {
  const url = escapedUrl(text)
  if (url === undefined || !['http:', 'https:', 'udp:', 'ws:', 'wss:'].includes(new URL(url).protocol)) {
    throw new ConfigError(`${named} "${shownUrl(text)}" is no tracker URL (http, https, udp, ws or wss).`)
  }
  return url
}

/** @throws ConfigError */
export function webSeedsOf (texts: readonly string[], named: string): WebSeed[] {
  if (texts.length === 0) return ['self']
  if (texts.includes('none')) {
    if (texts.length > 1) throw new ConfigError(`${named} none stands alone.`)
    return []
  }
  return texts.map((text) => {
    if (text === 'self') return text
    const template = escapedUrl(text)
    if (template === undefined || !/^https?:/i.test(template) || !template.includes('{key}') || template.includes(
      '#'
    )) {
      throw new ConfigError(
        `${named} "${shownUrl(text)}" is neither self nor none nor an http:// or https:// URL with {key} in it.`
      )
    }
    return { template }
  })
}

/** @throws ConfigError */
export function peerAddressesOf (texts: readonly string[], named: string): readonly string[] {
  const families = new Map<number, string>()
  for (const text of texts) {
    const bytes = isIP(text) ? addressBytes(text) : undefined
    if (bytes === undefined) throw new ConfigError(`${named} "${text}" is no IP address.`)
    if (scopeOf(bytes) === undefined) throw new ConfigError(`${named} "${text}" is no address that a peer can be at.`)
    const other = families.get(bytes.length)
    if (other !== undefined) {
      throw new ConfigError(`${named} takes one IPv4 and one IPv6 address, and not both ${other} and ${text}.`)
    }
    families.set(bytes.length, text)
  }
  return texts
}

/** @throws ConfigError */
export function rangeOf (text: string, named: string): string {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family = isIP(address)
  if (family === 0 || (bits !== undefined && Number(bits) > (family === 4 ? 32 : 128))) {
    throw new ConfigError(`${named} "${text}" is no address or CIDR range.`)
  }
  return text
}

/** @throws ConfigError */
export function pieceLengthOf (text: string, named: string): number | 'auto' {
  const pieceLength = Number(text)
  if (text === 'auto') return 'auto'
  if (pieceLength < MIN_PIECE_LENGTH || pieceLength > 2 ** 30 || !Number.isInteger(Math.log2(pieceLength))) {
    throw new ConfigError(`${named} ${text} is no power of two from ${MIN_PIECE_LENGTH} to 1073741824.`)
  }
  return pieceLength
}

/** @throws ConfigError */
export function cacheBytesOf (text: string, named: string): number {
  if (text === 'auto') {
    return Math.max(MIN_CACHE_BYTES, Math.min(
      MAX_AUTO_CACHE_BYTES, Math.floor(Math.min(totalmem(), process.constrainedMemory() || Infinity) / 8)
    ))
  }
  if (Number(text) < MIN_CACHE_BYTES) throw new ConfigError(`${named} ${text} is less than ${MIN_CACHE_BYTES}.`)
  return Number(text)
}

/** @throws ConfigError */
export function domainOf (text: string, named: string): string {
  const domain = text.toLowerCase().replace(/\.$/, '')
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(domain)) throw new ConfigError(`${named} "${text}" is no domain name.`)
  return domain
}

/** @throws ConfigError */
export function ownerOf (text: string, named: string): [bucket: string, id: string] {
  const [, bucket = '', id = ''] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (id === '') throw new ConfigError(`${named} "${text}" is not bucket=id.`)
  assertBucket(named, bucket)
  return [bucket, id]
}

/** @throws ConfigError */
export function assertPublished (entry: string, named: string): void {
  const [bucket = '', ...prefix] = entry.split('/')
  assertBucket(named, bucket)
  if (climbs(`${prefix.join('/')}x`)) {
    throw new ConfigError(`${named} ${entry} has a . or .. part, and no key with one is ever published.`)
  }
}

function assertBucket (named: string, bucket: string): void {
  try {
    assertBucketName(bucket)
  } catch (cause) {
    throw new ConfigError(`${named}: "${bucket}" is no bucket name.`, { cause })
  }
}
