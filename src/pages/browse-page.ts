import { encodeUri, encodeUriPath } from '../s3/uri.js'
import { feedUrl, prefixTorrentUrl, torrentUrl } from '../torrent/torrent-sources.js'
import type { UrlOptions } from '../torrent/torrent-sources.js'
import { shownBytes } from '../util/shown-bytes.js'
import { FIRST_PAGE, browseUrl } from './browse-url.js'
import type { PagePlace } from './browse-url.js'
import { PAGE_END, href, nameHtml, pageBegin, shown } from './html.js'

export interface FolderRow {
  readonly folder: string
}

export interface ObjectRow {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly lastModified: Date | undefined
  readonly hasTorrent: boolean
}

export interface BrowsePage {
  readonly options: UrlOptions
  readonly bucket: string
  readonly prefix: string
  /** Of its first entry. */
  readonly place: PagePlace
  /** In the order in which they are written. */
  readonly rows: ReadonlyArray<FolderRow | ObjectRow>
  /** Undefined: there is no further page. */
  readonly next: PagePlace | undefined
  /** Whether, as far as is known, everybody can have the torrent of all that is under the prefix. */
  readonly hasTorrent: boolean
}

const ROWS_PER_SLICE = 32
const TABLE = '<table aria-labelledby="title">\n<thead><tr><th scope="col">Name</th><th scope="col" class="number">' +
  'Size</th><th scope="col" class="time">Changed (UTC)</th><th scope="col">Torrent</th></tr></thead>\n<tbody>\n'

/**
 * What is under a prefix as HTML that needs no script, in slices. The same page gives the same bytes. Nothing that a
 * key holds is more than text, or a value in a URL.
 */
export function * writeBrowsePage (page: BrowsePage): Generator<Buffer> {
  yield Buffer.from(begin(page))
  for (let first = 0; first < page.rows.length; first += ROWS_PER_SLICE) {
    const rows = page.rows.slice(first, first + ROWS_PER_SLICE)
    yield Buffer.from(rows.map((row, i) => rowHtml(page, row, first + i)).join(''))
  }
  yield Buffer.from(end(page))
}

function begin (page: BrowsePage): string {
  const { options, bucket, prefix, rows } = page
  const feed = href(feedUrl(options, bucket, prefix, options.metaVersion))
  const title = `${bucket}/${prefix}`
  const links = `<link rel="alternate" type="application/rss+xml" title="Torrents of ${shown(title)}" ${feed}>\n`
  const torrent = prefixTorrentUrl(options, { bucket, prefix, metaVersion: options.metaVersion })
  const actions = [
    ...page.hasTorrent
      ? [
          `<a class="button" ${href(torrent)}>Torrent of everything here</a>`,
          `<a class="button" ${href(`${torrent}&magnet`)}>Magnet link of everything here</a>`
        ]
      : [],
    `<a class="button" ${feed}>RSS feed of new torrents</a>`
  ]
  return pageBegin({ title, links, header: pathHtml(page) }) +
    `<section aria-labelledby="title">\n<h1 id="title">${nameHtml(lastPart(page))}</h1>\n` +
    `<div class="actions">${actions.join('')}</div>\n` +
    (rows.length === 0 ? '' : TABLE)
}

function end ({ options, bucket, prefix, place, rows, next, hasTorrent }: BrowsePage): string {
  const url = (place: PagePlace): string => href(browseUrl(options.publicUrl(), bucket, prefix, place))
  const isFirst = place.after === '' && place.skip === 0
  const pages = [
    ...isFirst ? [] : [`<a class="button" rel="first" ${url(FIRST_PAGE)}>First page</a>`],
    ...next === undefined ? [] : [`<a class="button" rel="next" ${url(next)}>Next page</a>`]
  ]
  const notes = [
    ...rows.length > 0 ? [] : [`Nothing here is for everybody${next === undefined ? '.' : ', on this page.'}`],
    ...rows.length === 0 || hasTorrent ? [] : ['Some of what is here has no torrent for everybody.'],
    'A magnet link comes as text, to be copied into a BitTorrent client.'
  ]
  return (rows.length === 0 ? '' : '</tbody>\n</table>\n') +
    (pages.length === 0 ? '' : `<nav class="pages" aria-label="Pages">${pages.join('')}</nav>\n`) +
    `<p class="note">${notes.join(' ')}</p>\n</section>\n${PAGE_END}`
}

/** The folders that the prefix is in, each with its page. */
function pathHtml ({ options, bucket, prefix }: BrowsePage): string {
  const parts = prefix.split('/')
  const folders = parts.slice(0, prefix.endsWith('/') ? -2 : -1).map((name, i) => ({
    name, prefix: `${parts.slice(0, i + 1).join('/')}/`
  }))
  const above = prefix === '' ? [] : [{ name: bucket, prefix: '' }, ...folders]
  if (above.length === 0) return ''
  const items = above.map(({ name, prefix }) =>
    `<li><a ${href(browseUrl(options.publicUrl(), bucket, prefix))}>${nameHtml(name === '' ? '/' : name)}</a></li>`)
  return `<nav aria-label="Folders above"><ol class="path">${items.join('')}</ol></nav>`
}

/** What the page is called: the last folder, the bucket, or how the names in it begin. */
function lastPart ({ bucket, prefix }: BrowsePage): string {
  if (prefix === '') return bucket
  if (prefix.endsWith('/')) return prefix.slice(prefix.lastIndexOf('/', prefix.length - 2) + 1)
  return `${prefix.slice(prefix.lastIndexOf('/') + 1)}…`
}

function rowHtml ({ options, bucket, prefix }: BrowsePage, row: FolderRow | ObjectRow, i: number): string {
  const above = prefix.lastIndexOf('/') + 1
  if ('folder' in row) {
    const url = browseUrl(options.publicUrl(), bucket, row.folder)
    return `<tr><td class="folder"><a ${href(url)}>${nameHtml(row.folder.slice(above))}</a></td>` +
      '<td class="number soft">folder</td><td></td><td></td></tr>\n'
  }
  const { key, size, lastModified, hasTorrent } = row
  const url = `${options.publicUrl()}/${encodeUri(bucket)}/${encodeUriPath(key)}`
  const torrent = torrentUrl(options, { bucket, key, metaVersion: options.metaVersion })
  // Several links of a page are called the same: each is told by the name of its object, too.
  const link = (id: string, url: string, text: string): string =>
    `<a id="${id}${i}" aria-labelledby="${id}${i} n${i}" ${href(url)}>${text}</a>`
  return `<tr><td><a id="n${i}" ${href(url)}>${nameHtml(key.slice(above) === '' ? key : key.slice(above))}</a></td>` +
    `<td class="number">${shownBytes(size)}</td><td>${timeHtml(lastModified)}</td><td class="links">` +
    (hasTorrent
      ? link('t', torrent, 'Torrent') + link('m', `${torrent}&magnet`, 'Magnet')
      : '<span class="soft">none</span>') +
    '</td></tr>\n'
}

function timeHtml (time: Date | undefined): string {
  if (time === undefined) return ''
  const text = time.toISOString()
  return `<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 16)}</time>`
}
