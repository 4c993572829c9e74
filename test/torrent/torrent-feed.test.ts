import { XMLParser, XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import { guidOf, writeFeed } from '../../src/torrent/torrent-feed.js'
import type { FeedItem, TorrentFeed } from '../../src/torrent/torrent-feed.js'

const parser = new XMLParser({
  ignoreAttributes: false, parseTagValue: false, trimValues: false, isArray: (name) => name === 'item'
})

interface Item {
  /** Between the elements. */
  '#text'?: string
  title: string
  link: string
  guid: { '#text': string, '@_isPermaLink': string }
  pubDate?: string
  enclosure: Record<string, string>
  torrent: { fileName: string, contentLength: string }
}

const at = new Date('2026-03-04T05:06:07Z')
const item = (key: string, more: Partial<FeedItem> = {}): FeedItem => ({
  key, size: 734_003_200, etag: '"e"', lastModified: at, ...more
})

const optionsOf = (publicUrl = 'https://torrent.example') => ({ publicUrl: () => publicUrl, metaVersion: 1 } as const)

function written (items: readonly FeedItem[], more: Partial<TorrentFeed> = {}): string {
  const feed = {
    options: optionsOf(), metaVersion: 1, bucket: 'media', prefix: 'films/', items, lastModified: at, ...more
  } as const
  return Buffer.concat([...writeFeed(feed)]).toString()
}

function read (xml: string): { channel: Record<string, unknown>, items: Item[] } {
  t.equal(XMLValidator.validate(xml), true, 'it is well-formed')
  const { channel: { item: items = [], ...channel } } = (parser.parse(xml) as {
    rss: { channel: Record<string, unknown> & { item?: Item[] } }
  }).rss
  return { channel, items: items.map(({ '#text': _, ...elements }) => elements) }
}

t.test('the channel names the prefix, itself, and when its newest object changed', async (t) => {
  const { channel, items } = read(written([]))
  const url = 'https://torrent.example/media?torrent&prefix=films%2F&rss'
  t.match(channel, {
    title: 'media/films/',
    link: url,
    description: 'Torrents of the objects in media/films/',
    'atom:link': { '@_href': url, '@_rel': 'self', '@_type': 'application/rss+xml' },
    ttl: '15',
    lastBuildDate: 'Wed, 04 Mar 2026 05:06:07 GMT'
  })
  t.strictSame(items, [])
  t.notOk('lastBuildDate' in read(written([], { lastModified: undefined })).channel)
})

t.test('an item is the torrent of an object', async (t) => {
  const { items } = read(written([item('films/2026/a b & c.mkv'), item('films/no date', { lastModified: undefined })]))
  const url = 'https://torrent.example/media/films/2026/a%20b%20%26%20c.mkv?torrent'
  t.strictSame(items[0], {
    title: '2026/a b & c.mkv',
    link: url,
    guid: { '#text': guidOf('media', item('films/2026/a b & c.mkv')), '@_isPermaLink': 'false' },
    pubDate: 'Wed, 04 Mar 2026 05:06:07 GMT',
    enclosure: { '@_url': url, '@_length': '0', '@_type': 'application/x-bittorrent' },
    torrent: { fileName: 'a b & c.mkv', contentLength: '734003200', '@_xmlns': 'http://xmlns.ezrss.it/0.1/' }
  })
  t.notOk('pubDate' in (items[1] ?? {}))
  t.equal(read(written([item('film')], { prefix: 'film' })).items[0]?.title, 'film', 'the prefix is its whole key')
  t.equal(read(written([item('film')], { prefix: '' })).items[0]?.title, 'film')
})

t.test('a feed of another format than the usual one names it in every URL', async (t) => {
  const { channel, items } = read(written([item('films/a')], { metaVersion: 'hybrid' }))
  t.equal(channel.link, 'https://torrent.example/media?torrent&prefix=films%2F&rss&format=hybrid')
  t.equal(items[0]?.enclosure['@_url'], 'https://torrent.example/media/films/a?torrent&format=hybrid')
})

t.test('each version of an object has a guid of its own', async (t) => {
  const guids = [
    guidOf('media', item('a')), guidOf('media', item('b')), guidOf('media', item('a', { etag: '"f"' })),
    guidOf('other', item('a')), guidOf('media', item('a"', { etag: 'e"' }))
  ]
  t.equal(new Set(guids).size, guids.length)
  const moved = item('a', { lastModified: new Date(0), size: 1 })
  t.equal(guidOf('media', moved), guids[0], 'and the same one as long as it is there')
})

t.test('S64: nothing that a key or a prefix holds is markup, or more than a value', async (t) => {
  const odd = [
    '</title></item><item><title>x', ']]><!--', '"/><enclosure url="http://evil.example', "' onload='", '&evil;',
    '<?xml?>', 'a&b', '\u0000\u0001\u001B', 'a\r\nb\tc', '\uFFFE\uFFFF', '\u202Egnp.exe', 'x?torrent&rss#y'
  ]
  for (const key of odd.filter((key) => !key.includes('\0'))) {
    const { items, channel } = read(written([item(key), item('other')], { prefix: '' }))
    t.equal(items.length, 2, JSON.stringify(key))
    t.equal(items[1]?.title, 'other')
    t.match(items[0]?.enclosure['@_url'], /^https:\/\/torrent\.example\/media\/[A-Za-z0-9%._~/-]+\?torrent$/)
    t.equal(items[0]?.title, key.replaceAll(/[^\t\n\u0020-\uFFFD]/g, '\uFFFD'))
    t.equal(channel.title, 'media/')
    t.equal(decodeURIComponent(new URL(items[0]?.link ?? '').pathname.slice('/media/'.length)), key)
  }
  for (const prefix of odd) {
    const { channel, items } = read(written([item(`${prefix}film`)], { prefix }))
    t.equal(items[0]?.title, 'film', JSON.stringify(prefix))
    t.equal(new URL(String(channel.link)).searchParams.get('prefix'), prefix)
    t.strictSame(Object.keys(channel).filter((name) => name !== '#text').sort(), [
      'atom:link', 'description', 'lastBuildDate', 'link', 'title', 'ttl'
    ])
  }
  const { channel } = read(written([], { options: optionsOf("https://h.example/'&quot;<") }))
  t.match(channel.link, "https://h.example/'&quot;</media")
})

t.test('a thousand items come in slices, and the same feed is the same bytes', async (t) => {
  const items = Array.from({ length: 1_000 }, (_, i) => item(`films/${i}`))
  const slices = [...writeFeed({
    options: optionsOf(), metaVersion: 1, bucket: 'media', prefix: 'films/', items, lastModified: at
  })]
  t.ok(slices.length > 10 && slices.every(({ length }) => length < 64 * 1024))
  t.equal(Buffer.concat(slices).toString(), written(items))
  t.strictSame(read(written(items)).items.map(({ title }) => title), items.map(({ key }) => key.slice('films/'.length)))
})
