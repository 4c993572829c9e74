import t from 'tap'
import type { Test } from 'tap'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import type { ObjectOptions } from '../support/faulty-object.js'
import { httpGet } from '../support/http-get.js'
import { parsed, pieceHashesOf } from '../support/pieces.js'
import { startServer } from '../support/server.js'
import { until } from '../support/until.js'

const MIB = 1024 * 1024
const SIZE = 300_000
const BODY = contentAt(7, 0, SIZE)

const origin = await startFaultyOrigin(t)
const server = await startServer(t, { args: ['--origin', origin.endpoint, '--piece-length', '16384'] })
const hashes = (await pieceHashesOf(BODY, 16384)).map((hash) => hash.toString('hex'))

/** The web seed of an object whose torrent is right. */
async function seedOf (t: Test, key: string, options: ObjectOptions): Promise<{ seed: string, gets: number }> {
  origin.put('bkt', key, { body: BODY, public: true, ...options })
  const before = origin.requests.length
  const { status, body } = await httpGet(`${server.url}/bkt/${key}?torrent`)
  t.equal(status, 200, key)
  const { pieces, urlList: [seed = ''] } = await parsed(body)
  t.strictSame(pieces, hashes, key)
  return { seed, gets: origin.requests.slice(before).filter(({ method }) => method === 'GET').length }
}

t.test('whatever web seed is written can be served: ETags of every spelling', async (t) => {
  for (const [i, etag] of ['abc', 'abc-12', '"a b c"', '"a\\"b"', "'x'", '"x";gzip', '"*"', '"a, b"'].entries()) {
    const { seed, gets } = await seedOf(t, `etag-${i}`, { headers: { etag } })
    t.equal(gets, 1, 'read once, by a thread')
    for (const range of ['bytes=0-99', 'bytes=200000-299999']) {
      const [first = 0, last = 0] = range.slice(6).split('-').map(Number)
      const { status, body } = await httpGet(seed, { headers: { range } })
      t.equal(status, 206, etag)
      t.ok(body.equals(BODY.subarray(first, last + 1)), etag)
    }
    const { headers: { etag: answered = '' } } = await httpGet(`${server.url}/bkt/etag-${i}`)
    t.match(answered, /^"[^"]+"$/, `${etag} is answered as HTTP has it`)
    t.equal(
      (await httpGet(`${server.url}/bkt/etag-${i}`, { headers: { 'if-none-match': answered } })).status, 304, etag
    )
    t.equal(
      (await httpGet(`${server.url}/bkt/etag-${i}`, { headers: { 'if-match': etag } })).status,
      200,
      `${etag}, as the store writes it`
    )
  }
  const { seed } = await seedOf(t, 'etag-mixed', { etag: 'abc', getHeaders: { etag: 'abc' } })
  t.equal((await httpGet(seed)).status, 200, 'HEAD with quotes, GET without')
})

t.test('metadata is for GetObject, and the web seed has the bytes', async (t) => {
  const metadata = {
    'content-encoding': 'gzip',
    'cache-control': 'no-store',
    'content-disposition': 'attachment',
    'content-language': 'de',
    'x-amz-website-redirect-location': '/x',
    'x-amz-meta-a': 'b',
    expires: 'Thu, 01 Jan 2026 00:00:00 GMT'
  }
  for (const coding of ['gzip', 'aws-chunked']) {
    const { seed, gets } = await seedOf(t, `encoded-${coding}`, {
      contentType: 'text/html', headers: { ...metadata, 'content-encoding': coding }
    })
    t.equal(gets, 1, 'read once, by a thread')
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, body } = await httpGet(seed, { method, headers: { range: 'bytes=0-99' } })
      t.strictSame(
        [status, headers['content-type'], headers['content-length']], [206, 'application/octet-stream', '100']
      )
      if (method === 'GET') t.ok(body.equals(BODY.subarray(0, 100)))
      for (const name of [...Object.keys(metadata), 'content-security-policy']) t.notOk(name in headers, name)
    }
    t.match((await httpGet(`${server.url}/bkt/encoded-${coding}`)).headers, {
      ...metadata, 'content-encoding': coding, 'content-type': 'text/html'
    })
  }
})

t.test('dates in any form: HEAD, GET, torrent and web seed say the same', async (t) => {
  for (const [i, date] of [
    'Tue, 05 Mar 2024 10:00:00 UTC', '2024-03-05T10:00:00Z', 'tue, 05 mar 2024 10:00:00 gmt',
    'Tue Mar  5 10:00:00 2024', 'someday'
  ].entries()) {
    const { seed } = await seedOf(t, `dated-${i}`, { headers: { 'last-modified': date } })
    const said = date === 'someday' ? undefined : 'Tue, 05 Mar 2024 10:00:00 GMT'
    for (const [url, method] of [
      [`${server.url}/bkt/dated-${i}`, 'GET'],
      [`${server.url}/bkt/dated-${i}`, 'HEAD'],
      [`${server.url}/bkt/dated-${i}?torrent`, 'GET'],
      [seed, 'GET'],
      [seed, 'HEAD']
    ] as const) {
      const { status, headers } = await httpGet(url, { method })
      t.strictSame([status, headers['last-modified']], [200, said], `${date}, ${method} ${url}`)
    }
    t.equal(
      (await httpGet(`${server.url}/bkt/dated-${i}`, {
        headers: { 'if-modified-since': 'Tue, 05 Mar 2024 10:00:00 GMT' }
      })).status,
      said === undefined ? 200 : 304
    )
  }
})

t.test('an empty object of which HEAD says no length is one', async (t) => {
  origin.put('bkt', 'empty', {
    body: Buffer.alloc(0), public: true, faults: { withoutHeaders: { names: ['content-length'], method: 'HEAD' } }
  })
  t.match(await httpGet(`${server.url}/bkt/empty`), { status: 200, headers: { 'content-length': '0' } })
  t.match((await httpGet(`${server.url}/bkt/empty?torrent`)).body.toString(), 'not supported for objects of zero bytes')
})

t.test('ignored ranges are said in the log, once', async (t) => {
  for (const key of ['rangeless-1', 'rangeless-2']) await seedOf(t, key, { faults: { ignoreRange: true } })
  t.equal((await httpGet(`${server.url}/bkt/rangeless-1`, { headers: { range: 'bytes=5-9' } })).status, 200)
  t.equal((await httpGet(`${server.url}/bkt/rangeless-2`, { headers: { range: 'bytes=5-9' } })).status, 200)
  await until('it is in the log', () => server.stderr().includes('the origin answers ranges'))
  t.equal(server.stderr().split('the origin answers ranges with the whole object').length, 2)
})

t.test('a store that does something with the whole object for every range is asked for few', async (t) => {
  const size = 100 * MIB
  const film = origin.put('bkt', 'film', {
    size, seed: 3, public: true, faults: { waitPerMiB: { ms: 10, serial: true } }
  })
  const gets = (): number => origin.requests.filter(
    ({ method, url }) => method === 'GET' && url.startsWith('/bkt/film')
  ).length
  const { status } = await httpGet(`${server.url}/bkt/film?torrent`, { timeoutMs: 120_000 })
  t.equal(status, 200)
  t.equal(film.bytesSent, size, 'each byte once')
  t.ok(gets() < 13, `${gets()} ranges instead of 13`)
  const before = gets()
  origin.put('bkt', 'film-2', { size, seed: 4, public: true, faults: { waitPerMiB: { ms: 10, serial: true } } })
  t.equal((await httpGet(`${server.url}/bkt/film-2?torrent`, { timeoutMs: 120_000 })).status, 200)
  t.ok(gets() - before < before, `${gets() - before} of the next one`)
})
