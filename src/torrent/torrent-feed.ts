import { createHash } from 'node:crypto'
import { DECLARATION, xmlText } from '../s3/xml.js'
import { fileNameOf } from './file-name.js'
import type { MetaVersion } from './meta-version.js'
import { feedUrl, torrentUrl } from './torrent-sources.js'
import type { UrlOptions } from './torrent-sources.js'

/** One version of an object that can have a torrent. */
export interface FeedItem {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly etag: string
  readonly lastModified: Date | undefined
}

export interface TorrentFeed {
  readonly options: UrlOptions
  /** Of the torrents. */
  readonly metaVersion: MetaVersion
  readonly bucket: string
  readonly prefix: string
  /** In the order in which they are written. */
  readonly items: readonly FeedItem[]
  /** When the newest object changed. */
  readonly lastModified: Date | undefined
}

/** How many minutes a reader may wait before it asks again. */
const TTL_MINUTES = 15
const ITEMS_PER_SLICE = 32
const NAMESPACES = 'xmlns:atom="http://www.w3.org/2005/Atom"'
const CONTENT = 'http://xmlns.ezrss.it/0.1/'

/**
 * The torrents of objects as RSS 2.0 (https://www.rssboard.org/rss-specification), in slices. The same feed gives the
 * same bytes. How long a .torrent is depends on who asks for it, so `length` is the 0 of what is not known
 * (https://www.rssboard.org/rss-profile); the size of the object is ezRSS's `contentLength`.
 */
export function * writeFeed (feed: TorrentFeed): Generator<Buffer> {
  yield Buffer.from(head(feed))
  for (let first = 0; first < feed.items.length; first += ITEMS_PER_SLICE) {
    const items = feed.items.slice(first, first + ITEMS_PER_SLICE)
    yield Buffer.from(items.map((item) => itemXml(feed, item)).join(''))
  }
  yield Buffer.from('</channel>\n</rss>\n')
}

/** Of one version of an object: what has been replaced is new to who reads the feed. */
export function guidOf (bucket: string, { key, etag }: Pick<FeedItem, 'key' | 'etag'>): string {
  return createHash('sha256').update(JSON.stringify([bucket, key, etag])).digest('hex')
}

function head ({ options, metaVersion, bucket, prefix, lastModified }: TorrentFeed): string {
  const url = xmlText(feedUrl(options, bucket, prefix, metaVersion))
  const name = xmlText(`${bucket}/${prefix}`)
  return `${DECLARATION}<rss version="2.0" ${NAMESPACES}>\n<channel>\n<title>${name}</title>\n<link>${url}</link>\n` +
    `<description>Torrents of the objects in ${name}</description>\n` +
    `<atom:link href="${url}" rel="self" type="application/rss+xml"/>\n<ttl>${TTL_MINUTES}</ttl>\n` +
    (lastModified === undefined ? '' : `<lastBuildDate>${lastModified.toUTCString()}</lastBuildDate>\n`)
}

function itemXml ({ options, metaVersion, bucket, prefix }: TorrentFeed, item: FeedItem): string {
  const { key, size, lastModified } = item
  const url = xmlText(torrentUrl(options, { bucket, key, metaVersion }))
  const below = key.slice(prefix.length)
  return `<item>\n<title>${xmlText(below === '' ? key : below)}</title>\n<link>${url}</link>\n` +
    `<guid isPermaLink="false">${guidOf(bucket, item)}</guid>\n` +
    (lastModified === undefined ? '' : `<pubDate>${lastModified.toUTCString()}</pubDate>\n`) +
    `<enclosure url="${url}" length="0" type="application/x-bittorrent"/>\n` +
    `<torrent xmlns="${CONTENT}"><fileName>${xmlText(fileNameOf(key))}</fileName>` +
    `<contentLength>${size}</contentLength></torrent>\n</item>\n`
}
