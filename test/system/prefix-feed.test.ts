import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import type { KeyPair } from '../support/key-pair.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { tempDir } from '../support/torrent-check.js'
import { until } from '../support/until.js'

const ALICE: KeyPair = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alice-secret-alice-secret' }
const BOB: KeyPair = { accessKeyId: 'AKIABOB', secretAccessKey: 'bob-secret-bob-secret' }
const OWN: KeyPair = { accessKeyId: 'AKIASERVER', secretAccessKey: 'server-secret-server-secret' }
const OWN_ENV = { AWS_ACCESS_KEY_ID: OWN.accessKeyId, AWS_SECRET_ACCESS_KEY: OWN.secretAccessKey }
const ODD = ['a b+c', 'a%2Fb', 'é/日本 😀', 'q?torrent&rss#x', "<b>&\"'</title>"]
const FEED = '?torrent&prefix=films/&rss'
const PUBLIC_URL = 'https://torrent.example/below'

const dir = tempDir(t)
const credentials = join(dir, 'credentials')
writeFileSync(credentials, credentialsText({ alice: ALICE, bob: BOB }))
for (const key of [...ODD, 'plain']) {
  const file = join(dir, 'buckets/media/films', key)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `the object ${key}`)
}
mkdirSync(join(dir, 'buckets/vacant'))
const origin = await startFaultyOrigin(t)
const body = Buffer.from('content')
origin.bucket('open', { public: true, pageKeys: 3 })
for (let i = 0; i < 10; i++) {
  origin.put('open', `films/${i}`, { body, lastModified: new Date(Date.UTC(2026, 0, 1 + i)), public: i % 2 === 0 })
}
origin.bucket('closed', { listers: [ALICE.accessKeyId, OWN.accessKeyId] })
origin.put('closed', 'films/a', { body })

const [files, store, publishing] = await Promise.all([
  startServer(t, { args: ['--origin', join(dir, 'buckets'), '--domain', 's3.test'] }),
  startServer(t, {
    args: [
      '--origin', origin.endpoint, '--credentials-file', credentials, '--public-url', PUBLIC_URL,
      '--max-prefix-objects', '10'
    ]
  }),
  startServer(t, {
    args: ['--origin', origin.endpoint, '--anonymous', 'deny', '--public', 'closed', '--public', 'open/films/'],
    env: OWN_ENV
  })
])

interface Item { title: string, link: string, enclosure: { '@_url': string } }

function itemsOf ({ body }: HttpResponse): Item[] {
  const xml = body.toString()
  t.equal(XMLValidator.validate(xml), true)
  const parser = new XMLParser({ ignoreAttributes: false, isArray: (name) => name === 'item', parseTagValue: false })
  return (parser.parse(xml) as { rss: { channel: { item?: Item[] } } }).rss.channel.item ?? []
}

const codeOf = ({ body }: HttpResponse): string | undefined => /<Code>(.*)<\/Code>/.exec(body.toString())?.[1]

t.test('a feed, and every torrent that it names', async (t) => {
  const feed = await httpGet(`${files.url}/media${FEED}`)
  t.match([feed.status, feed.headers], [200, {
    'content-type': 'application/rss+xml; charset=utf-8',
    'content-length': String(feed.body.length),
    etag: /^"[0-9a-f]{32}"$/,
    'last-modified': / GMT$/,
    'access-control-allow-origin': '*',
    'x-content-type-options': 'nosniff'
  }])
  const items = itemsOf(feed)
  t.strictSame(items.map(({ title }) => title).sort(), [...ODD, 'plain'].sort())
  for (const { title, link, enclosure } of items) {
    t.equal(link, enclosure['@_url'])
    t.ok(link.startsWith(`${files.url}/media/films/`))
    const { length } = await parsed((await httpGet(link)).body)
    t.equal(length, Buffer.byteLength(`the object ${title}`), title)
  }
})

t.test('a feed of hybrid torrents', async (t) => {
  const items = itemsOf(await httpGet(`${files.url}/media${FEED}&format=hybrid`))
  t.equal(items.length, ODD.length + 1)
  const { status, body } = await httpGet(items[0]?.link ?? '')
  t.equal(status, 200)
  t.match(body.toString('latin1'), /12:meta versioni2e/)
})

t.test('HEAD, and preconditions', async (t) => {
  const feed = await httpGet(`${files.url}/media${FEED}`)
  const head = await httpGet(`${files.url}/media${FEED}`, { method: 'HEAD' })
  for (const name of ['content-type', 'content-length', 'etag', 'last-modified']) {
    t.equal(head.headers[name], feed.headers[name], name)
  }
  t.strictSame([head.status, head.body.length], [200, 0])
  const ask = (name: string, value = ''): Promise<HttpResponse> =>
    httpGet(`${files.url}/media${FEED}`, { headers: { [name]: value } })
  for (const [name, value] of [
    ['if-none-match', feed.headers.etag], ['if-modified-since', feed.headers['last-modified']]
  ] as const) {
    const { status, headers, body } = await ask(name, value)
    t.strictSame([status, headers.etag, body.length], [304, feed.headers.etag, 0], name)
  }
  t.equal((await ask('if-match', '"other"')).status, 412)
})

t.test('the bucket in the path, in the host, and its whole', async (t) => {
  const feed = await httpGet(`${files.url}/media${FEED}`)
  for (const query of ['?rss&prefix=films%2F&torrent', '?torrent=&prefix=films/&rss=1']) {
    t.equal((await httpGet(`${files.url}/media${query}`)).headers.etag, feed.headers.etag, query)
  }
  const hosted = await httpGet(`${files.url}/${FEED}`, { headers: { host: 'media.s3.test' } })
  t.equal(hosted.headers.etag, feed.headers.etag, 'no URL in it comes from Host')
  t.equal((await httpGet(`${files.url}/media/${FEED}`)).headers.etag, feed.headers.etag)
  for (const query of ['?torrent&prefix=&rss', '?torrent&prefix&rss']) {
    const whole = await httpGet(`${files.url}/media${query}`)
    t.strictSame(itemsOf(whole).map(({ title }) => title).sort(), [...ODD, 'plain'].map((key) => `films/${key}`).sort())
  }
  t.strictSame(itemsOf(await httpGet(`${files.url}/vacant?torrent&prefix=&rss`)), [])
})

t.test('what is refused', async (t) => {
  const asked: Array<[query: string, status: number, code: string]> = [
    ['/media?torrent', 400, 'RequestTorrentOfBucketError'],
    ['/media?torrent&rss', 400, 'RequestTorrentOfBucketError'],
    ['/media?prefix=films/&rss', 501, 'NotImplemented'],
    ['/media?torrent&prefix=a&prefix=b&rss', 400, 'InvalidArgument'],
    ['/media?torrent&prefix=a&rss&versionId=1', 400, 'InvalidArgument'],
    ['/media?torrent&prefix=a&rss&magnet', 400, 'InvalidArgument'],
    ['/media?torrent&prefix=a&rss&format=v3', 400, 'InvalidArgument'],
    ['/media?torrent&list-type=2&prefix=a&rss', 400, 'InvalidArgument'],
    [`/media?torrent&prefix=${'a'.repeat(1025)}&rss`, 400, 'KeyTooLongError'],
    ['/none?torrent&prefix=&rss', 404, 'NoSuchBucket']
  ]
  for (const [path, status, code] of asked) {
    const answer = await httpGet(files.url + path)
    t.strictSame([answer.status, codeOf(answer)], [status, code], path)
  }
  t.equal((await httpGet(`${files.url}/none${FEED}`, { method: 'HEAD' })).status, 404)
})

t.test('before a store: newest first, by the public URL, and as many keys as may be', async (t) => {
  const feed = await httpGet(`${store.url}/open${FEED}`)
  const items = itemsOf(feed)
  t.strictSame(items.map(({ title }) => title), ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0'])
  t.equal(items[0]?.link, `${PUBLIC_URL}/open/films/9?torrent`)
  t.equal(feed.headers['last-modified'], 'Sat, 10 Jan 2026 00:00:00 GMT')
  t.equal((await httpGet(`${store.url}/open/films/8?torrent`)).status, 200)
  t.equal((await httpGet(`${store.url}/open/films/9?torrent`)).status, 403, 'who may list may not READ')
  origin.put('open', 'films/one more', { body })
  const more = await httpGet(`${store.url}/open${FEED}`)
  t.strictSame([more.status, codeOf(more)], [400, 'InvalidRequest'])
  t.match(more.body.toString(), /more than 10 keys/)
  origin.remove('open', 'films/one more')
})

t.test('the right to list is the origin\'s to give, and --public gives none', async (t) => {
  t.equal((await httpGet(`${store.url}/closed${FEED}`)).status, 403)
  t.equal((await httpGet(`${publishing.url}/closed/films/a?torrent`)).status, 200, 'that is what is published')
  for (const bucket of ['closed', 'open']) {
    const { length } = origin.requests
    const answer = await httpGet(`${publishing.url}/${bucket}${FEED}`)
    t.strictSame([answer.status, codeOf(answer)], [403, 'AccessDenied'])
    t.equal(origin.requests.length, length, 'nobody asks for the unsigned')
  }
})

t.test('signed, in every way', async (t) => {
  if (!need(t, 'python-boto3')) return
  const url = `${store.url}/closed${FEED.replace('/', '%2F')}`
  const schemes = ['v4', 'v4-presign', 'v2', 'v2-presign'] as const
  const asks = [ALICE, BOB].flatMap((by) => schemes.map((scheme) => ({ scheme, url, ...by })))
  for (const [i, { url, headers }] of signWithBotocore(asks).entries()) {
    const { accessKeyId, scheme } = asks[i] ?? {}
    origin.requests.length = 0
    const answer = await httpGet(url, { headers })
    t.strictSame(origin.requests.map(({ signer }) => signer), [accessKeyId], `${scheme} of ${accessKeyId}`)
    if (accessKeyId === BOB.accessKeyId) t.strictSame([answer.status, codeOf(answer)], [403, 'AccessDenied'])
    else t.strictSame(itemsOf(answer).map(({ title }) => title), ['a'], answer.body.toString())
  }
  const [signed] = signWithBotocore([{ scheme: 'v4-presign', url, ...ALICE }])
  const other = await httpGet((signed?.url ?? '').replace('prefix=films%2F', 'prefix='), { headers: signed?.headers })
  t.equal(codeOf(other), 'SignatureDoesNotMatch', 'the prefix is signed')
})

t.test('the log names the operation', async (t) => {
  const { headers } = await httpGet(`${files.url}/media${FEED}`)
  const line = await until('it is logged', () => files.stderr().split('\n').find(
    (line) => line.includes(String(headers['x-amz-request-id']))
  ))
  t.match(JSON.parse(line), {
    operation: 'GetPrefixFeed', bucket: 'media', status: 200, bytesSent: Number(headers['content-length'])
  })
})
