import t from 'tap'
import { decodeUri } from '../../src/s3/uri.js'
import { fillTemplate, formatPin, parsePin, webSeedUrl } from '../../src/torrent/web-seed-url.js'

const KEYS = [
  'film.mkv', 'a/b', 'a b', 'a+b', 'a%2Fb', '100%', 'a//b', '/lead', 'tail/', 'x/../y', './x', '..x', 'ünï',
  "q!*'()~;:@&=$,#?[]", 'x\u0008y'
]

t.test('a pin is read back as written', async (t) => {
  for (const pin of [{ etag: '"abc-1"' }, { etag: '"abc"', versionId: 'null' }, { etag: '"é"', versionId: 'a.b/c' }]) {
    t.strictSame(parsePin(formatPin(pin)), pin)
  }
  t.equal(formatPin({ etag: '"a"', versionId: 'v' }), 'ImEi.dg')
})

t.test('T10: anything else is no pin', async (t) => {
  for (const etag of ['a', '*', '"a", "b"', '""', '"a"\u0000', 'W/"a"', '"a\r\nb"']) {
    t.equal(parsePin(formatPin({ etag })), undefined, etag)
  }
  for (const text of ['', '.', 'ImEi.', '.dg', 'ImEi.dg.dg', 'ImEi=', 'Im Ei', '%2E', 'ImEj_']) {
    t.equal(parsePin(text), undefined, text)
  }
})

t.test('every key survives, and no client changes the URL', async (t) => {
  for (const key of KEYS) {
    const url = webSeedUrl('http://h:1', { etag: '"e"', bucket: 'bkt', key, metaVersion: 1 })
    if (url === undefined) { t.fail(key); continue }
    t.notOk(url.includes('?') || url.includes('#'), 'libtorrent drops a query for good')
    t.notOk(url.endsWith('/'), 'clients append the name to a slash (BEP 19)')
    t.equal(new URL(url).href, url, 'a WHATWG parser leaves it alone')
    t.equal(decodeUri(url.slice('http://h:1/-/seed/ImUi/bkt/'.length)), key)
  }
  t.equal(
    webSeedUrl('http://h', { etag: '"e"', bucket: 'My_B:#', key: 'k', metaVersion: 1 }),
    'http://h/-/seed/ImUi/My_B%3A%23/k',
    'whatever the bucket'
  )
})

t.test('of version 2 the URL is a folder, to which clients append the name', async (t) => {
  const of = (key: string): string | undefined =>
    webSeedUrl('http://h', { etag: '"e"', bucket: 'bkt', key, metaVersion: 2 })
  t.equal(of('a/film.bin'), 'http://h/-/seed/~ImUi/bkt/a/film.bin/')
  t.equal(of('a//b'), 'http://h/-/seed/~ImUi/bkt/a%2F%2Fb/')
  t.equal(of('..'), undefined)
})

t.test('a key that is a dot segment as a whole has no web seed', async (t) => {
  t.equal(webSeedUrl('http://h', { etag: '"e"', bucket: 'bkt', key: '..', metaVersion: 1 }), undefined)
  t.equal(webSeedUrl('http://h', { etag: '"e"', bucket: 'bkt', key: '.', metaVersion: 1 }), undefined)
})

t.test('a template is filled with the key as an S3 path has it', async (t) => {
  t.equal(
    fillTemplate('https://cdn.example/{bucket}/x/{key}?v=1', 'bkt', 'a b/ü+$&/c(1).bin'),
    'https://cdn.example/bkt/x/a%20b/%C3%BC%2B%24%26/c%281%29.bin?v=1'
  )
  t.equal(
    fillTemplate('https://{bucket}.cdn.example/{key}', 'bkt', '$1{bucket}'), 'https://bkt.cdn.example/%241%7Bbucket%7D'
  )
})

t.test('so is one with a key that clients would change, and none where no spelling helps', async (t) => {
  for (const key of KEYS) {
    const url = fillTemplate('https://cdn.example/{key}', 'bkt', key)
    if (url === undefined) { t.fail(key); continue }
    t.equal(new URL(url).href, url, 'a WHATWG parser leaves it alone')
    t.notOk(url.endsWith('/'))
    t.equal(decodeUri(url.slice('https://cdn.example/'.length)), key)
  }
  for (const key of ['.', '..']) t.equal(fillTemplate('https://cdn.example/{key}', 'bkt', key), undefined)
  t.equal(fillTemplate('https://cdn.example/all', 'bkt', '..'), 'https://cdn.example/all')
})

t.test('the URL of a folder gets the name, which some clients append and others do not', async (t) => {
  t.equal(
    fillTemplate('https://cdn.example/films/', 'bkt', 'a/f\u00EFlm 1.mkv'),
    'https://cdn.example/films/f%C3%AFlm%201.mkv'
  )
  t.equal(
    fillTemplate('https://cdn.example/films/', '', 'link', 'film.mkv'),
    'https://cdn.example/films/film.mkv',
    'the name of the torrent'
  )
  for (const url of ['https://cdn.example', 'https://cdn.example/']) {
    t.equal(fillTemplate(url, 'bkt', 'film.mkv'), 'https://cdn.example/film.mkv')
  }
  t.equal(fillTemplate('https://cdn.example/{key}/', 'bkt', 'a/b'), 'https://cdn.example/a/b/b')
  for (const url of ['https://cdn.example/film', 'https://cdn.example/?dir=/', 'https://cdn.example?a']) {
    t.equal(fillTemplate(url, 'bkt', 'key'), url)
  }
  t.equal(fillTemplate('https://{bucket}', '1.2.3.4.5', 'key'), 'https://1.2.3.4.5/key', 'what is no host at all, too')
})
