import { chromium } from 'playwright-core'
import t from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need, programPath } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import { startServer } from '../support/server.js'

const SCRIPT = '<script xmlns="http://www.w3.org/1999/xhtml">document.querySelector("p").textContent = "ran"</script>'
const PAGES: Record<string, [type: string | undefined, body: string]> = {
  html: ['text/html', `<p>shown</p>${SCRIPT}`],
  xhtml: [
    'application/xhtml+xml', `<html xmlns="http://www.w3.org/1999/xhtml"><body><p>shown</p>${SCRIPT}</body></html>`
  ],
  svg: [
    'image/svg+xml',
    '<svg xmlns="http://www.w3.org/2000/svg"><title>t</title><p ' +
    `xmlns="http://www.w3.org/1999/xhtml">shown</p>${SCRIPT}</svg>`
  ],
  xml: ['text/xml; charset=utf-8', `<a><p xmlns="http://www.w3.org/1999/xhtml">shown</p>${SCRIPT}</a>`]
}
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'
)
const POLICY = 'content-security-policy'

const origin = await startFaultyOrigin(t)
const pair = { accessKeyId: 'OWN', secretAccessKey: 'secret' }
const server = await startServer(t, {
  args: ['--origin', origin.endpoint],
  env: { AWS_ACCESS_KEY_ID: pair.accessKeyId, AWS_SECRET_ACCESS_KEY: pair.secretAccessKey }
})
for (const [key, [type, body]] of Object.entries(PAGES)) {
  origin.put('bkt', key, { body: Buffer.from(body), public: true, contentType: String(type) })
}
origin.put('bkt', 'image', { body: PIXEL, public: true, contentType: 'image/png' })
origin.put('bkt', 'minio', {
  body: Buffer.from('x'),
  public: true,
  contentType: 'text/html',
  headers: { [POLICY]: 'block-all-mixed-content', 'x-content-type-options': 'nosniff' }
})
origin.put('bkt', 'minio image', {
  body: PIXEL, public: true, contentType: 'image/png', headers: { [POLICY]: 'block-all-mixed-content' }
})
origin.put('bkt', 'own', {
  body: Buffer.from('x'),
  public: true,
  contentType: 'text/html',
  headers: { [POLICY]: 'sandbox allow-scripts', 'x-content-type-options': 'none' }
})

t.test('what a browser may run is in a sandbox, and nothing is taken for another type', async (t) => {
  const expected = {
    ...Object.fromEntries(Object.keys(PAGES).map((key) => [key, 'sandbox'])),
    image: undefined,
    minio: 'block-all-mixed-content, sandbox',
    'minio image': 'block-all-mixed-content',
    own: 'sandbox allow-scripts'
  }
  for (const [key, policy] of Object.entries(expected)) {
    const url = `${server.url}/bkt/${encodeURIComponent(key)}`
    const { headers: { etag = '' }, body: torrent } = await httpGet(`${url}?torrent`)
    t.ok(etag)
    const [seed = ''] = (await parsed(torrent)).urlList
    const whole = await httpGet(url)
    for (const [what, answer, status] of [
      ['GET', whole, 200], ['HEAD', await httpGet(url, { method: 'HEAD' }), 200],
      ['a range', await httpGet(url, { headers: { range: 'bytes=0-0' } }), 206],
      ['304', await httpGet(url, { headers: { 'if-none-match': whole.headers.etag ?? '' } }), 304]
    ] as const) {
      t.strictSame(
        [answer.status, answer.headers[POLICY], answer.headers['x-content-type-options']],
        [status, policy, 'nosniff'],
        `${key}: ${what}`
      )
    }
    const { headers } = await httpGet(seed)
    t.strictSame(
      [headers['content-type'], headers['x-content-type-options']],
      ['application/octet-stream', 'nosniff'],
      `${key}: its web seed is no page`
    )
  }
  for (const path of ['/bkt/html?torrent', '/bkt/html?torrent&magnet', '/bkt/missing', '/-/nothing', '/bkt?location']) {
    const { headers } = await httpGet(server.url + path)
    t.strictSame([headers['x-content-type-options'], headers[POLICY]], ['nosniff', undefined], path)
  }
  t.strictSame(
    (await rawRequest(server.port, 'nonsense\r\n\r\n')).headers['x-content-type-options'],
    ['nosniff'],
    'what is no request'
  )
})

t.test('the type that a signed request asks for counts', async (t) => {
  if (!need(t, 'python-boto3')) return
  const CASES = [
    ['image', 'text/html', 'sandbox'], ['image', 'IMAGE/SVG+XML', 'sandbox'], ['html', 'text/plain', undefined],
    ['image', '', 'sandbox']
  ] as const
  const signed = signWithBotocore(CASES.map(([key, type]) => ({
    scheme: 'v4-presign', url: `${server.url}/bkt/${key}?response-content-type=${encodeURIComponent(type)}`, ...pair
  })))
  for (const [i, [key, type, policy]] of CASES.entries()) {
    const { status, headers } = await httpGet(String(signed[i]?.url))
    t.strictSame([status, headers['content-type'], headers[POLICY]], [200, type, policy], `${key} as ${type}`)
  }
})

t.test('in Chromium', async (t) => {
  if (!need(t, 'chromium')) return
  const browser = await chromium.launch({ executablePath: programPath('chromium'), args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  for (const key of Object.keys(PAGES)) {
    await page.goto(`${origin.endpoint}/bkt/${key}`)
    t.equal(await page.locator('p').textContent(), 'ran', `${key}: the store's own page runs`)
    await page.goto(`${server.url}/bkt/${key}`)
    t.equal(await page.locator('p').textContent(), 'shown', `${key}: here it is shown, and does not`)
  }
  for (const key of ['image', 'minio image']) {
    await page.goto(`${server.url}/bkt/${encodeURIComponent(key)}`)
    t.equal(await page.evaluate('document.images[0].naturalWidth'), 1, 'a picture is one')
  }
  origin.put('bkt', 'archive', { body: Buffer.from('PK'), public: true, contentType: 'application/zip' })
  const [download] = await Promise.all(
    [page.waitForEvent('download'), page.goto(`${server.url}/bkt/archive`).catch(() => {})]
  )
  t.equal(await download.failure(), null, 'and what it does not know is saved')
})
