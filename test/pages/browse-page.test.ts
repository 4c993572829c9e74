import { createHash } from 'node:crypto'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import { writeBrowsePage } from '../../src/pages/browse-page.js'
import type { BrowsePage, ObjectRow } from '../../src/pages/browse-page.js'
import { FIRST_PAGE, browseUrl } from '../../src/pages/browse-url.js'
import { errorPage } from '../../src/pages/error-page.js'
import { POLICY } from '../../src/pages/styles.js'
import { S3Error } from '../../src/s3/errors.js'
import { hostileKeys } from '../support/hostile-keys.js'
import { printable } from '../../src/util/unprintable.js'

const BASE = 'https://torrent.example'
const at = new Date('2026-03-04T05:06:07Z')
const object = (key: string, more: Partial<ObjectRow> = {}): ObjectRow => ({
  key, size: 1_234_567, lastModified: at, hasTorrent: true, ...more
})

function slicesOf (rows: BrowsePage['rows'], more: Partial<BrowsePage> = {}): Buffer[] {
  return [...writeBrowsePage({
    options: { publicUrl: () => BASE, metaVersion: 1 },
    bucket: 'media',
    prefix: 'films/',
    place: FIRST_PAGE,
    rows,
    next: undefined,
    hasTorrent: true,
    ...more
  })]
}

const written = (...asked: Parameters<typeof slicesOf>): string => Buffer.concat(slicesOf(...asked)).toString()

/** A link of a page: where it leads, and what is read of it. */
interface Link { url: string, text: string }

const parser = new XMLParser({
  ignoreAttributes: false, preserveOrder: true, trimValues: false, parseTagValue: false, parseAttributeValue: false
})

type Node = Record<string, Node[]> & { '#text'?: string, ':@'?: Record<string, string> }

/** What a reader of HTML makes of it; the few elements that are never closed are closed. */
function read (html: string): { tags: string[], links: Link[], rows: string[][] } {
  const xml = html.replace(/<style>.*<\/style>/s, '').replace(/<!doctype html>\n/, '').replace(/<(meta|link)[^>]*>/g,
    (tag) => tag.replace(/>$/, '/>'))
  if (XMLValidator.validate(xml) !== true) t.fail(`a tag is not closed, or an attribute not quoted: ${xml}`)
  const [tags, links, rows]: [string[], Link[], string[][]] = [[], [], []]
  const walk = (nodes: readonly Node[]): string => nodes.map((node) => {
    if (node['#text'] !== undefined) return node['#text']
    const [tag = ''] = Object.keys(node).filter((name) => name !== ':@')
    const text = walk(node[tag] ?? [])
    tags.push(tag)
    const url = node[':@']?.['@_href']
    if (url !== undefined) links.push({ url, text })
    if (tag === 'tr') rows.push((node[tag] ?? []).filter((cell) => !('#text' in cell)).map((cell) => walk([cell])))
    return text
  }).join('')
  walk(parser.parse(xml) as Node[])
  return { tags, links, rows }
}

t.test('a row for each object and folder, in the order given', async (t) => {
  const html = written([
    object('films/b'), { folder: 'films/deep/' }, object('films/a', { size: 12, lastModified: undefined }),
    object('films/empty', { size: 0, hasTorrent: false })
  ])
  t.strictSame(read(html).rows.filter(([name]) => name !== undefined), [
    ['Name', 'Size', 'Changed (UTC)', 'Torrent'],
    ['b', '1.2 MB', '2026-03-04 05:06', 'TorrentMagnet'],
    ['deep/', 'folder', '', ''],
    ['a', '12 bytes', '', 'TorrentMagnet'],
    ['empty', '0 bytes', '2026-03-04 05:06', 'none']
  ])
  const urls = read(html).links.map(({ url }) => url)
  for (const url of [
    '/media/films/b', '/media/films/b?torrent', '/media/films/b?torrent&magnet', '/-/browse/media/films/deep/',
    '/media?torrent&prefix=films%2F', '/media?torrent&prefix=films%2F&magnet', '/media?torrent&prefix=films%2F&rss',
    '/-/browse/media/'
  ]) t.ok(urls.includes(BASE + url), url)
  t.match(html, /<link rel="alternate" type="application\/rss\+xml"[^>]*rss">/)
  t.notOk(urls.some((url) => url.includes('empty?torrent')))
})

t.test('the folders above, and what the page is called', async (t) => {
  const page = (prefix: string): { title: string, above: Link[] } => {
    const html = written([], { prefix })
    const [, title = ''] = /<h1[^>]*><bdi[^>]*>(.*)<\/bdi><\/h1>/.exec(html) ?? []
    return { title, above: read(html).links.filter(({ url }) => url.includes('/-/browse/')) }
  }
  const above = (...folders: string[]): Link[] => folders.map((folder) => ({
    url: browseUrl(BASE, 'media', folder),
    text: folder === '' ? 'media' : folder.split('/').at(-2) || '/'
  }))
  t.strictSame(page(''), { title: 'media', above: [] })
  t.strictSame(page('films/'), { title: 'films/', above: above('') })
  t.strictSame(page('films/deep/er/'), { title: 'er/', above: above('', 'films/', 'films/deep/') })
  t.strictSame(page('films/de'), { title: 'de…', above: above('', 'films/') })
  t.strictSame(page('films//'), { title: '/', above: above('', 'films/') })
  t.strictSame(read(written([object('films/de/x'), object('films/de')], { prefix: 'films/de' })).rows.slice(1).map(
    ([name]) => name
  ), ['de/x', 'de'])
})

t.test('pages', async (t) => {
  const pages = (more: Partial<BrowsePage>): Link[] =>
    read(written([object('films/a')], more)).links.filter(({ text }) => / page$/.test(text))
  t.strictSame(pages({}), [])
  const next = { after: 'films/a&b', skip: 7 }
  t.strictSame(pages({ next }), [
    { url: `${BASE}/-/browse/media/films/?after=films%2Fa%26b&skip=7`, text: 'Next page' }
  ])
  t.strictSame(pages({ place: next }), [{ url: `${BASE}/-/browse/media/films/`, text: 'First page' }])
})

t.test('where not everybody can have all of it, no link says so', async (t) => {
  const html = written([object('films/a')], { hasTorrent: false })
  t.notOk(read(html).links.some(({ url }) => url === `${BASE}/media?torrent&prefix=films%2F`))
  t.match(html, 'Some of what is here has no torrent for everybody.')
  t.match(written([]), 'Nothing here is for everybody.')
})

t.test('S86: whatever a key holds, it is text, and its links lead to it alone', async (t) => {
  const odd = [
    '</bdi></a><script>alert(1)</script>', '<img src=x onerror=alert(1)>', '" onmouseover="alert(1)', "' autofocus='",
    '&lt;script&gt;', '&amp;', '--><!--', ']]>', '</style><style>*{}', 'javascript:alert(1)', '//evil.example/x',
    'https://evil.example', 'a?torrent&rss#y', '\u202Egnp.exe', 'a\u200Bb', 'a\r\n\tb', '\u001B[31m', '\uFFFE',
    '\u{E0041}', '%2e%2e', 'é/日本 😀', ...hostileKeys(300, 7).filter((key) => !/[\0\p{Surrogate}]/u.test(key))
  ]
  const expected = read(written([object('x')], { prefix: '' })).tags
  for (const key of odd) {
    const { tags, links, rows } = read(written([object(key)], { prefix: '' }))
    if (tags.join() !== expected.join()) t.fail(`other elements than of a plain key: ${JSON.stringify(key)}`)
    const name = rows[1]?.[0]
    const text = printable(key).replace(/[\uFFFE\uFFFF]/g, '\uFFFD')
    if (name !== text) t.equal(name, text)
    for (const { url } of links) {
      if (!/^https:\/\/torrent\.example\/[A-Za-z0-9%._~/?=&-]*$/.test(url)) t.fail(url)
    }
    const own = links.filter(({ url }) => new URL(url).search === '' && !url.includes('/-/'))[0]?.url ?? ''
    if (decodeURIComponent(own.slice(`${BASE}/media/`.length)) !== key) t.equal(own, key)
  }
  for (const prefix of odd.map((key) => `${key}/`)) {
    const { tags, links } = read(written([object(`${prefix}film`), { folder: `${prefix}deep/` }], {
      prefix, next: { after: `${prefix}film`, skip: 0 }
    }))
    t.notOk(tags.some((tag) => ['script', 'img', 'style', 'iframe'].includes(tag)))
    const next = new URL(links.find(({ text }) => text === 'Next page')?.url ?? '')
    t.equal(next.searchParams.get('after'), `${prefix}film`)
    t.equal(decodeURIComponent(next.pathname.slice('/-/browse/media/'.length)), prefix)
  }
})

t.test('S86: the policy allows that one style, and nothing else', async (t) => {
  for (const html of [written([object('a')]), errorPage(new S3Error('NoSuchBucket'), 'ID')]) {
    const styles = [...html.matchAll(/<style>(.*?)<\/style>/gs)].map(([, style = '']) => style)
    t.equal(styles.length, 1)
    t.match(POLICY, `'sha256-${createHash('sha256').update(styles[0] ?? '').digest('base64')}'`)
    t.notMatch(html, /<[^>]*\s(style|on\w+)=/, 'nothing inline')
  }
  t.match(POLICY, /^default-src 'none'; style-src 'sha256-[^;]*; base-uri 'none'; form-action 'none'; frame-anc/)
})

t.test('five hundred rows come in slices, and the same page is the same bytes', async (t) => {
  const rows = Array.from({ length: 500 }, (_, i) => object(`films/${i}${'é'.repeat(500)}`))
  const slices = slicesOf(rows)
  t.ok(slices.length > 10 && slices.every(({ length }) => length < 512 * 1024))
  t.strictSame(slicesOf(rows), slices)
})

t.test('an error page says no more than its code, in words for people', async (t) => {
  const html = errorPage(new S3Error('AccessDenied', { details: { Key: 'secret' } }), 'THEID')
  t.match(html, /<h1>403 AccessDenied<\/h1>\n<p>Not everybody may see what is here\.<\/p>/)
  t.match(html, 'THEID')
  t.notMatch(html, 'secret')
  t.match(errorPage(new S3Error('InvalidRequest', { message: '<b>' }), ''), '&lt;b&gt;')
})
