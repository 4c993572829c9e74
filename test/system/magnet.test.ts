import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { aria2 } from '../support/bittorrent/aria2.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'

const KEY = 'films & more/Nöel (1) + 2.bin'
const origin = await startFaultyOrigin(t)
const [tracker, peer] = [await freePort(), await freePort()]
const server = await startServer(t, {
  args: [
    '--origin', origin.endpoint, '--tracker-port', String(tracker), '--peer-port', String(peer), '--announce',
    'udp://other.example:1/announce'
  ]
})
const pathOf = (key: string): string => `/bkt/${key.split('/').map(encodeURIComponent).join('/')}`
const magnetOf = (key: string, query = '?torrent&magnet') => httpGet(server.url + pathOf(key) + query)

t.test('a magnet link says what the torrent says, every value escaped', async (t) => {
  origin.put('bkt', KEY, { size: 300_000, seed: 1, public: true })
  const torrent = await parsed((await httpGet(`${server.url}${pathOf(KEY)}?torrent`)).body)
  const { status, headers, body } = await magnetOf(KEY)
  t.equal(status, 200)
  t.match(headers, { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(body.length) })
  t.notOk('content-disposition' in headers)
  const link = body.toString()
  t.match(link, /^magnet:\?xt=urn:btih:[0-9a-f]{40}&/)
  t.match(link, /^[A-Za-z0-9:?=&%._~-]+$/, 'nothing is left to be escaped')
  const values = new URLSearchParams(link.slice('magnet:?'.length))
  t.strictSame([...values], [
    ['xt', `urn:btih:${torrent.infoHash}`],
    ['dn', 'Nöel (1) + 2.bin'],
    ['xl', '300000'],
    ['tr', `http://127.0.0.1:${tracker}/announce`],
    ['tr', `udp://127.0.0.1:${tracker}/announce`],
    ['tr', 'udp://other.example:1/announce'],
    ['ws', torrent.urlList[0] ?? ''],
    ['xs', `${server.url}/bkt/films%20%26%20more/N%C3%B6el%20%281%29%20%2B%202.bin?torrent`]
  ])
  const source = await httpGet(values.get('xs') ?? '')
  t.equal((await parsed(source.body)).infoHash, torrent.infoHash, 'xs is the torrent')
  t.strictSame((await parsed(link)).infoHash, torrent.infoHash, "as WebTorrent's parser reads it")
})

t.test('HEAD, preconditions, other spellings', async (t) => {
  origin.put('bkt', 'plain', { size: 100_000, seed: 2, public: true })
  const { body, headers } = await magnetOf('plain')
  const head = await httpGet(`${server.url}/bkt/plain?torrent&magnet`, { method: 'HEAD' })
  t.strictSame(
    [head.status, head.headers['content-length'], head.headers.etag], [200, headers['content-length'], headers.etag]
  )
  t.equal(
    (await httpGet(`${server.url}/bkt/plain?torrent&magnet`, {
      headers: { 'if-none-match': headers.etag ?? '' }
    })).status,
    304
  )
  for (const query of ['?magnet&torrent', '?torrent=&magnet=', '?magnet=1&torrent']) {
    t.equal((await magnetOf('plain', query)).body.toString(), body.toString(), query)
  }
  t.not((await httpGet(`${server.url}/bkt/plain?torrent`)).headers.etag, headers.etag, 'the torrent has another ETag')
  t.match(
    (await magnetOf('plain', '?magnet')).headers['content-type'], 'octet-stream', 'magnet alone is no sub-resource'
  )
})

t.test('of a private object it names nothing that is not for everybody', async (t) => {
  origin.put('bkt', 'private', { size: 100_000, seed: 3 })
  t.equal((await magnetOf('private')).status, 403)
  const [pair, env] = [
    { accessKeyId: 'OWN', secretAccessKey: 'secret' }, { AWS_ACCESS_KEY_ID: 'OWN', AWS_SECRET_ACCESS_KEY: 'secret' }
  ]
  const own = await startServer(t, {
    args: [
      '--origin', origin.endpoint, '--tracker-port', String(await freePort()), '--announce',
      'udp://other.example:1/announce'
    ],
    env
  })
  if (!need(t, 'python-boto3')) return
  const { signWithBotocore } = await import('../support/botocore.js')
  const [signed] = signWithBotocore(
    [{ scheme: 'v4', method: 'GET', url: `${own.url}/bkt/private?torrent&magnet`, ...pair }]
  )
  const { status, body } = await httpGet(String(signed?.url), { headers: signed?.headers ?? {} })
  t.equal(status, 200)
  t.match(
    body.toString(),
    /^magnet:\?xt=urn:btih:[0-9a-f]{40}&dn=private&xl=100000&tr=udp%3A%2F%2Fother\.example%3A1%2Fannounce$/
  )
})

t.test('an object that was not hashed yet', async (t) => {
  origin.put('bkt', 'slow', { size: 3_000_000, seed: 4, public: true, faults: { bytesPerSecond: 1_000_000 } })
  const response = await fetch(`${server.url}/bkt/slow?torrent&magnet`)
  t.equal(response.status, 200)
  const link = await response.text()
  t.equal(link.length, Number(response.headers.get('content-length')))
  t.equal(
    (await parsed(link)).infoHash, (await parsed((await httpGet(`${server.url}/bkt/slow?torrent`)).body)).infoHash
  )
})

t.test('aria2 downloads from a magnet link: the metadata from the seeder, the bytes from whom it likes', async (t) => {
  if (!need(t, 'aria2c')) return
  const object = origin.put('bkt', 'film.bin', { size: 3_000_000, seed: 5, public: true })
  const dir = t.testdir({})
  const { ok, output } = await aria2.download((await magnetOf('film.bin')).body.toString(), { dir, seconds: 60 })
  t.ok(ok, 'it has everything', { output })
  t.ok(readFileSync(join(dir, 'film.bin')).equals(object.bytes(0, 3_000_000)), 'byte for byte')
})
