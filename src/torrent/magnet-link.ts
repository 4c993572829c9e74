import { encodeUri } from '../s3/uri.js'
import { DIGEST_DIGITS } from './sha1.js'

/** What somebody's magnet link says (BEP 9, BEP 53). Texts are as they came: a terminal must not see them so. */
export interface MagnetLink {
  /** Hexadecimal: of version 1, and of version 2. One of them is there. */
  readonly infoHash: string | undefined
  readonly infoHashV2: string | undefined
  readonly name: string | undefined
  /** Bytes. */
  readonly size: number | undefined
  readonly trackers: readonly string[]
  readonly webSeeds: readonly string[]
  /** Where the metainfo file is: `xs`, and `as`. */
  readonly torrentUrls: readonly string[]
  /** `host:port`. */
  readonly peers: readonly string[]
  /** `0,2,6-8`; undefined: all. */
  readonly selectedFiles: string | undefined
  /** The same link, with every hash in hexadecimal and every value escaped. */
  readonly magnet: string
}

/** `message` goes on from "The magnet link". */
export class NotAMagnetLink extends Error {
  override name = 'NotAMagnetLink'
}

export const isMagnetLink = (text: string): boolean => /^\s*magnet:/i.test(text)

const MAX_CHARACTERS = 1024 * 1024
const MAX_VALUES = 10_000
const V1_TOPIC = new RegExp(`^urn:btih:(?:([0-9a-f]{${DIGEST_DIGITS}})|([a-z2-7]{32}))$`, 'i')
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * Reads a magnet link as people paste it: hashes in hexadecimal or Base32, in capitals, numbered names, escaped for
 * HTML.
 * @throws NotAMagnetLink
 */
export function readMagnetLink (text: string): MagnetLink {
  if (text.length > MAX_CHARACTERS) {
    throw new NotAMagnetLink(`has more than ${MAX_CHARACTERS.toLocaleString('en')} characters`)
  }
  const fields = fieldsOf(text)
  const all = (...names: readonly string[]): string[] => names.flatMap((name) => fields.get(name) ?? [])
  const topics = all('xt')
  const infoHash = onlyOne(topics.map(v1HashOf), 'btih')
  const infoHashV2 = onlyOne(
    topics.map((topic) => /^urn:btmh:1220([0-9a-f]{64})$/i.exec(topic)?.[1]?.toLowerCase()), 'btmh'
  )
  if (infoHash === undefined && infoHashV2 === undefined) {
    throw new NotAMagnetLink(
      'names no torrent: it has neither xt=urn:btih: with ' +
      `${DIGEST_DIGITS} hexadecimal digits or 32 of Base32, nor ` +
      'xt=urn:btmh:1220 with 64'
    )
  }
  const [size] = all('xl').filter((value) => /^\d{1,16}$/.test(value)).map(Number).filter(Number.isSafeInteger)
  const values = {
    name: all('dn')[0],
    trackers: all('tr'),
    webSeeds: all('ws'),
    torrentUrls: all('xs', 'as'),
    peers: all('x.pe'),
    selectedFiles: all('so')[0]
  }
  const { name, trackers, webSeeds, torrentUrls, peers, selectedFiles } = values
  const pairs = Object.entries({
    dn: [name], xl: [size], tr: trackers, ws: webSeeds, xs: torrentUrls, 'x.pe': peers, so: [selectedFiles]
  })
    .flatMap(
      ([key, values]) => values.flatMap((value) => value === undefined ? [] : [`${key}=${encodeUri(String(value))}`])
    )
  const hashes = [
    ...infoHash === undefined ? [] : [`xt=urn:btih:${infoHash}`],
    ...infoHashV2 === undefined ? [] : [`xt=urn:btmh:1220${infoHashV2}`]
  ]
  return { infoHash, infoHashV2, size, ...values, magnet: `magnet:?${[...hashes, ...pairs].join('&')}` }
}

/** Values by name: `tr.1` is a `tr`. */
function fieldsOf (text: string): Map<string, string[]> {
  const [, query = ''] = /^\s*magnet:(?:\/\/)?\/?\?([^#]*)/i.exec(text) ?? []
  const fields = new Map<string, string[]>()
  let values = 0
  for (const [key, value] of new URLSearchParams(query.trim().replaceAll('&amp;', '&').replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD'
  ))) {
    const name = key.toLowerCase().replace(/\.\d+$/, '')
    if (value === '') continue
    if (++values > MAX_VALUES) throw new NotAMagnetLink(`holds more than ${MAX_VALUES.toLocaleString('en')} values`)
    const before = fields.get(name)
    if (before === undefined) fields.set(name, [value])
    else before.push(value)
  }
  return fields
}

function onlyOne (found: ReadonlyArray<string | undefined>, of: string): string | undefined {
  const [hash, ...others] = new Set(found.filter((hash) => hash !== undefined))
  if (others.length > 0) {
    throw new NotAMagnetLink(`names ${others.length + 1} torrents (urn:${of}:); show them one at a time`)
  }
  return hash
}

function v1HashOf (topic: string): string | undefined {
  const [, hex, base32] = V1_TOPIC.exec(topic) ?? []
  return hex?.toLowerCase() ?? (base32 && hexOf(base32.toUpperCase()))
}

// RFC 4648 §6: 32 digits of five bits are 160 bits.
function hexOf (base32: string): string {
  const bits = [...base32].reduce((sum, digit) => sum * 32n + BigInt(BASE32.indexOf(digit)), 0n)
  return bits.toString(16).padStart(DIGEST_DIGITS, '0')
}
