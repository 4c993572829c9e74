import t from 'tap'
import { decodeUri } from '../../src/s3/uri.js'
import { fillTemplate, formatPin, parsePin, webSeedUrl } from '../../src/torrent/web-seed-url.js'

const KEYS = ['film.mkv', 'a/b', 'a b', 'a+b', 'a%2Fb', '100%', 'a//b', '/lead', 'tail/', 'x/../y', './x', '..x', 'ünï', "q!*'()~;:@&=$,#?[]", 'x\u0008y']

t.test('a pin is read back as written', async (t) => {
  for (const pin of [{ etag: '"abc-1"' }, { etag: '"abc"', versionId: 'null' }, { etag: '"é"', versionId: 'a.b/c' }]) {
    t.strictSame(parsePin(formatPin(pin)), pin)
  }
  t.equal(formatPin({ etag: '"a"', versionId: 'v' }), 'ImEi.dg')
})

t.test('T10: anything else is no pin', async (t) => {
  for (const etag of ['a', '*', '"a", "b"', '""', '"a"\u0000', 'W/"a"', '"a\r\nb"']) t.equal(parsePin(formatPin({ etag })), undefined, etag)
  for (const text of ['', '.', 'ImEi.', '.dg', 'ImEi.dg.dg', 'ImEi=', 'Im Ei', '%2E', 'ImEj_']) t.equal(parsePin(text), undefined, text)
})

t.test('every key survives, and no client changes the URL', async (t) => {
  for (const key of KEYS) {
    const url = webSeedUrl('http://h:1', { etag: '"e"' }, 'bkt', key)
    if (url === undefined) { t.fail(key); continue }
    t.notOk(url.includes('?') || url.includes('#'), 'libtorrent drops a query for good')
    t.notOk(url.endsWith('/'), 'clients append the name to a slash (BEP 19)')
    t.equal(new URL(url).href, url, 'a WHATWG parser leaves it alone')
    t.equal(decodeUri(url.slice('http://h:1/-/seed/ImUi/bkt/'.length)), key)
  }
})

t.test('a key that is a dot segment as a whole has no web seed', async (t) => {
  t.equal(webSeedUrl('http://h', { etag: '"e"' }, 'bkt', '..'), undefined)
  t.equal(webSeedUrl('http://h', { etag: '"e"' }, 'bkt', '.'), undefined)
})

t.test('a template is filled with the key as an S3 path has it', async (t) => {
  t.equal(fillTemplate('https://cdn.example/{bucket}/x/{key}?v=1', 'bkt', 'a b/ü+$&/c(1).bin'), 'https://cdn.example/bkt/x/a%20b/%C3%BC%2B%24%26/c%281%29.bin?v=1')
  t.equal(fillTemplate('https://{bucket}.cdn.example/{key}', 'bkt', '$1{bucket}'), 'https://bkt.cdn.example/%241%7Bbucket%7D')
})
