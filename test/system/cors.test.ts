import { chromium } from 'playwright-core'
import t from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need, programPath } from '../support/programs.js'
import { startServer } from '../support/server.js'

const ORIGIN = 'https://page.example'
const origin = await startFaultyOrigin(t)
origin.put('bkt', 'film.bin', {
  size: 300_000,
  seed: 1,
  public: true,
  headers: {
    'access-control-allow-origin': 'https://evil.example',
    'x-amz-meta-title': 'Film',
    'x-amz-version-id': 'v1',
    'x-amz-checksum-crc32': 'AAAAAA=='
  }
})
origin.put('bkt', 'page', { body: Buffer.from('<p>page</p>'), public: true, contentType: 'text/html' })
origin.put('bkt', 'private', { size: 10, seed: 1 })
const server = await startServer(t, { args: ['--origin', origin.endpoint] })
const torrent = await httpGet(`${server.url}/bkt/film.bin?torrent`)
const seed = (await parsed(torrent.body)).urlList[0]?.slice(server.url.length) ?? ''
const PATHS = {
  'a web seed': seed,
  'a torrent': '/bkt/film.bin?torrent',
  'a magnet link': '/bkt/film.bin?torrent&magnet',
  'an object': '/bkt/film.bin'
}

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
        method: 'OPTIONS',
        headers: {
          origin: ORIGIN,
          'access-control-request-method': method,
          'access-control-request-headers': 'range, cache-control, user-agent'
        }
      })
      t.strictSame([status, body.length], [200, 0], method)
      t.equal(headers['access-control-allow-origin'], '*')
      t.equal(headers['access-control-allow-methods'], 'GET, HEAD')
      const allowed = String(headers['access-control-allow-headers']).split(', ')
      for (const name of ['range', 'cache-control', 'user-agent', 'authorization', 'x-amz-date']) {
        t.ok(allowed.includes(name), name)
      }
      t.ok(Number(headers['access-control-max-age']) > 0)
    }
  })
}

// What AWS's SDK for JavaScript sends by default, and what tracing adds to it.
const NEW_HEADERS = [
  'amz-sdk-invocation-id', 'amz-sdk-request', 'x-amz-checksum-mode', 'x-amz-user-agent', 'x-amz-expected-bucket-owner',
  'traceparent', 'tracestate', 'baggage', 'x-requested-with'
]

async function allowed (asked: string): Promise<{ names: string[], bytes: number, vary: unknown, all: object }> {
  const { status, headers } = await httpGet(`${server.url}/bkt/film.bin`, {
    method: 'OPTIONS',
    headers: {
      origin: ORIGIN,
      'access-control-request-method': 'GET',
      'access-control-request-headers': asked,
      'access-control-request-private-network': 'true'
    }
  })
  t.equal(status, 200)
  const text = String(headers['access-control-allow-headers'])
  return { names: text.split(', '), bytes: text.length, vary: headers['vary'], all: headers }
}

t.test('a page may send whatever header it asks for', async (t) => {
  const { names, vary, all } = await allowed(NEW_HEADERS.join(','))
  for (const name of [...NEW_HEADERS, 'authorization']) t.ok(names.includes(name), name)
  t.equal(vary, 'Access-Control-Request-Headers')
  t.notOk('access-control-allow-private-network' in all, 'which is for the operator of a private network to say')
  t.ok((await allowed('X-Custom , ,Y_*')).names.includes('x-custom'), 'with blanks and capitals')
})

t.test('what is no name of a header is not written back, nor is any number of them', async (t) => {
  const { names: usual, bytes: least } = await allowed('')
  for (const asked of ['a b', 'a:b', '<a>', 'a"b', '\u00FC', 'a\tb', '()', '']) {
    t.strictSame((await allowed(asked)).names, usual, asked)
  }
  t.strictSame((await allowed('range,RANGE,range')).names, usual, 'once each')
  t.equal((await allowed(Array.from({ length: 2_000 }, (_, i) => `a${i}`).join())).names.length, usual.length + 100)
  t.ok((await allowed('a'.repeat(15_000))).bytes <= least + 5_000)
})

t.test('a browser lets a page send and read them', async (t) => {
  if (!need(t, 'chromium')) return
  const browser = await chromium.launch({ executablePath: programPath('chromium'), args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    // The store's own page: of another origin, and as near as the server, which browsers ask their users about
    // otherwise.
    await page.goto(`${origin.endpoint}/bkt/page`)
    const read = await page.evaluate(async ({ url, names }) => {
      const response = await fetch(url, {
        headers: {
          ...Object.fromEntries(names.map((name) => [name, 'x'])), 'x-amz-checksum-mode': 'ENABLED', range: 'bytes=0-99'
        }
      })
      const { status, headers } = response
      return {
        status, length: (await response.arrayBuffer()).byteLength, headers: Object.fromEntries(headers.entries())
      }
    }, {
      url: `${server.url}/bkt/film.bin`, names: NEW_HEADERS.filter((name) => name !== 'x-amz-expected-bucket-owner')
    })
    t.match(read, {
      status: 206,
      length: 100,
      headers: {
        'x-amz-meta-title': 'Film',
        'x-amz-version-id': 'v1',
        'x-amz-checksum-crc32': 'AAAAAA==',
        'content-range': 'bytes 0-99/300000',
        'x-amz-request-id': /^[0-9A-F]{16}$/
      }
    })
  } finally {
    await browser.close()
  }
})

t.test('an error can be read too', async (t) => {
  const { status, headers } = await httpGet(`${server.url}/bkt/private`, { headers: { origin: ORIGIN } })
  t.strictSame([status, headers['access-control-allow-origin']], [403, '*'])
})

t.test('what is no preflight for GET or HEAD is refused', async (t) => {
  const options = (headers: Record<string, string>) => httpGet(`${server.url}/bkt/film.bin`, {
    method: 'OPTIONS', headers
  })
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
  t.equal(
    (await httpGet(`${url}/bkt/film.bin`, {
      method: 'OPTIONS', headers: { origin: ORIGIN, 'access-control-request-method': 'GET' }
    })).status,
    405
  )
})
