import t from 'tap'
import { startFaultyOrigin } from './support/faulty-origin.js'
import { httpGet } from './support/http-get.js'
import { parsed } from './support/pieces.js'
import { startServer } from './support/server.js'

const ORIGIN = 'https://page.example'
const origin = await startFaultyOrigin(t)
origin.put('bkt', 'film.bin', { size: 300_000, seed: 1, public: true, headers: { 'access-control-allow-origin': 'https://evil.example' } })
origin.put('bkt', 'private', { size: 10, seed: 1 })
const server = await startServer(t, { args: ['--origin', origin.endpoint] })
const torrent = await httpGet(`${server.url}/bkt/film.bin?torrent`)
const seed = (await parsed(torrent.body)).urlList[0]?.slice(server.url.length) ?? ''
const PATHS = { 'a web seed': seed, 'a torrent': '/bkt/film.bin?torrent', 'a magnet link': '/bkt/film.bin?torrent&magnet', 'an object': '/bkt/film.bin' }

for (const [what, path] of Object.entries(PATHS)) {
  t.test(`a page may read ${what}`, async (t) => {
    const { status, headers } = await httpGet(server.url + path, { headers: { origin: ORIGIN, range: 'bytes=0-99' } })
    t.equal(status, path.includes('torrent') ? 200 : 206)
    t.equal(headers['access-control-allow-origin'], '*', 'whose it is does not matter')
    t.notOk('access-control-allow-credentials' in headers)
    const exposed = String(headers['access-control-expose-headers']).toLowerCase().split(/, */)
    for (const name of ['content-range', 'content-length', 'accept-ranges', 'etag']) t.ok(exposed.includes(name), name)
  })

  t.test(`and asks first for ${what}`, async (t) => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, body } = await httpGet(server.url + path, {
        method: 'OPTIONS', headers: { origin: ORIGIN, 'access-control-request-method': method, 'access-control-request-headers': 'range, cache-control, user-agent' }
      })
      t.strictSame([status, body.length], [200, 0], method)
      t.equal(headers['access-control-allow-origin'], '*')
      t.equal(headers['access-control-allow-methods'], 'GET, HEAD')
      const allowed = String(headers['access-control-allow-headers']).split(', ')
      for (const name of ['range', 'cache-control', 'user-agent', 'authorization', 'x-amz-date']) t.ok(allowed.includes(name), name)
      t.ok(Number(headers['access-control-max-age']) > 0)
    }
  })
}

t.test('an error can be read too', async (t) => {
  const { status, headers } = await httpGet(`${server.url}/bkt/private`, { headers: { origin: ORIGIN } })
  t.strictSame([status, headers['access-control-allow-origin']], [403, '*'])
})

t.test('what is no preflight for GET or HEAD is refused', async (t) => {
  const options = (headers: Record<string, string>) => httpGet(`${server.url}/bkt/film.bin`, { method: 'OPTIONS', headers })
  const put = await options({ origin: ORIGIN, 'access-control-request-method': 'PUT' })
  t.equal(put.status, 403)
  t.match(put.body.toString(), '<Code>AccessForbidden</Code>')
  t.equal((await options({ origin: ORIGIN })).status, 405)
  t.equal((await options({ 'access-control-request-method': 'GET' })).status, 405)
})

t.test('S85: an Origin that is no origin changes nothing', async (t) => {
  for (const value of ['null', 'https://a.example, https://b.example', 'x'.repeat(2000)]) {
    const { headers } = await httpGet(`${server.url}/bkt/film.bin`, { headers: { origin: value } })
    t.equal(headers['access-control-allow-origin'], '*')
  }
})

t.test('--cors off', async (t) => {
  const { url } = await startServer(t, { args: ['--origin', origin.endpoint, '--cors', 'off'] })
  const { headers } = await httpGet(`${url}/bkt/film.bin`, { headers: { origin: ORIGIN } })
  t.strictSame(Object.keys(headers).filter((name) => name.startsWith('access-control-')), [])
  t.equal((await httpGet(`${url}/bkt/film.bin`, { method: 'OPTIONS', headers: { origin: ORIGIN, 'access-control-request-method': 'GET' } })).status, 405)
})
