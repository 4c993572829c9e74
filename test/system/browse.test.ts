import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'
import t from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need, programPath } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { tempDir } from '../support/torrent-check.js'
import { until } from '../support/until.js'

const EVIL = '<img src=x onerror="window.evil=1"><script>window.evil=1<\u202E"\'&.bin'
const ODD = ['a b+c', 'a%2Fb', '日本 😀', 'q?torrent&rss#x', "it's", EVIL]
const body = Buffer.from('content')

const dir = tempDir(t)
for (const key of [...ODD.map((name) => `films/${name}`), 'films/deep/er/x', 'films/deep/y', 'top']) {
  const file = join(dir, 'buckets/media', key)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `the object ${key}`)
}
const origin = await startFaultyOrigin(t)
origin.bucket('open', { public: true })
for (let i = 0; i < 1_200; i++) {
  origin.put('open', `many/${String(i).padStart(4, '0')}`, { body, public: i % 3 > 0 })
}
origin.put('closed', 'film', { body, public: true })
origin.put('closed', 'secret', { body })

const port = await freePort()
const [files, store, off] = await Promise.all([
  startServer(t, {
    args: [
      '--origin', join(dir, 'buckets'), '--browse', 'on', '--domain', 's3.test', '--port', String(port),
      '--public-url', `http://127.0.0.1:${port}`
    ]
  }),
  startServer(t, { args: ['--origin', origin.endpoint, '--browse', 'on'] }),
  startServer(t, { args: ['--origin', join(dir, 'buckets')] })
])

const FILMS = '/-/browse/media/films/'
const codeOf = ({ body }: HttpResponse): string | undefined => /<h1>\d+ (\w+)<\/h1>/.exec(body.toString())?.[1]
const urlsOf = ({ body }: HttpResponse): string[] =>
  [...body.toString().matchAll(/href="([^"]*)"/g)].map(([, url = '']) => url.replaceAll('&amp;', '&'))

t.test('a page, and everything that it leads to', async (t) => {
  const page = await httpGet(files.url + FILMS)
  t.match([page.status, page.headers], [200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': String(page.body.length),
    'content-security-policy': /^default-src 'none'; style-src 'sha256-/,
    'cache-control': 'no-cache',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'access-control-allow-origin': '*',
    etag: /^"[0-9a-f]{32}"$/
  }])
  t.notOk('last-modified' in page.headers)
  const urls = [...new Set(urlsOf(page))]
  for (const url of urls) t.equal((await httpGet(url)).status, 200, url)
  const torrents = urls.filter((url) => url.endsWith('?torrent'))
  const lengths = await Promise.all(torrents.map(async (url) => (await parsed((await httpGet(url)).body)).length))
  t.strictSame(lengths.sort(), ODD.map((name) => Buffer.byteLength(`the object films/${name}`)).sort())
  const [whole = ''] = urls.filter((url) => /\?torrent&prefix=films%2F$/.test(url))
  t.equal((await parsed((await httpGet(whole)).body)).files.length, ODD.length + 2)
  const deep = await httpGet(`${files.url}${FILMS}deep/`)
  t.ok(urlsOf(deep).includes(`${files.url}${FILMS}deep/er/`))
  t.match(deep.body.toString(), '>y<')
  t.notMatch(deep.body.toString(), 'deep/er/x')
})

t.test('HEAD, and what has not changed', async (t) => {
  const page = await httpGet(files.url + FILMS)
  const head = await httpGet(files.url + FILMS, { method: 'HEAD' })
  t.strictSame([head.status, head.body.length, head.headers['content-length']], [200, 0, String(page.body.length)])
  const again = await httpGet(files.url + FILMS, { headers: { 'if-none-match': page.headers.etag ?? '' } })
  t.strictSame([again.status, again.body.length], [304, 0])
  t.equal(again.headers['content-security-policy'], page.headers['content-security-policy'])
})

t.test('errors are pages', async (t) => {
  const asked: Array<[path: string, status: number, code: string]> = [
    ['/-/browse/none/', 404, 'NoSuchBucket'],
    ['/-/browse/', 400, 'InvalidBucketName'],
    ['/-/browse/../', 400, 'InvalidBucketName'],
    [`${FILMS}?after=a&after=b`, 400, 'InvalidArgument'],
    [`${FILMS}?skip=-1`, 400, 'InvalidArgument'],
    [`${FILMS}?skip=10001`, 400, 'InvalidRequest'],
    [`/-/browse/media/${'a'.repeat(1025)}`, 400, 'KeyTooLongError'],
    [`${FILMS}%00`, 400, 'InvalidURI']
  ]
  for (const [path, status, code] of asked) {
    const answer = await httpGet(files.url + path)
    t.strictSame([answer.status, codeOf(answer)], [status, code], path)
    t.match(answer.headers, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    t.match(answer.headers['content-security-policy'], /^default-src 'none'/)
  }
  const head = await httpGet(`${files.url}/-/browse/none/`, { method: 'HEAD' })
  t.strictSame([head.status, head.body.length], [404, 0])
  t.strictSame(urlsOf(await httpGet(`${files.url}/-/browse/media/nothing/`)).filter((url) => /torrent$/.test(url)), [])
})

t.test('where it is off it is as any other path', async (t) => {
  for (const path of [FILMS, '/-/browse', '/-/other']) {
    const answer = await httpGet(off.url + path)
    t.strictSame([answer.status, answer.headers['content-type']], [404, 'application/xml'], path)
    t.match(answer.body.toString(), '<Code>NoSuchKey</Code>')
  }
  const hosted = await httpGet(`${files.url}/-/browse/media/`, { headers: { host: 'media.s3.test' } })
  t.match(hosted.body.toString(), '<Code>NoSuchKey</Code>', 'under a domain it is a key')
})

t.test('what is public among what is not, whoever asks', async (t) => {
  origin.requests.length = 0
  const names: string[] = []
  let pages = 0
  for (let url: string | undefined = `${store.url}/-/browse/open/many/`; url !== undefined && pages < 10; pages++) {
    const page = await httpGet(url, { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=AKID/x' } })
    t.equal(page.status, 200)
    names.push(...[...page.body.toString().matchAll(/>(\d{4})<\/bdi>/g)].map(([, name = '']) => name))
    for (const [, i] of page.body.toString().matchAll(/(?:%2F|\/)(\d{4})\b/g)) {
      if (Number(i) % 3 === 0) t.fail(`${i} is named`)
    }
    url = urlsOf(page).find((url) => url.includes('?after='))
  }
  t.equal(pages, 3)
  t.strictSame(names, Array.from({ length: 1_200 }, (_, i) => i).filter((i) => i % 3 > 0).map(
    (i) => String(i).padStart(4, '0')
  ))
  t.ok(origin.requests.every(({ signer }) => signer === undefined))
  const closed = await httpGet(`${store.url}/-/browse/closed/`)
  t.strictSame([closed.status, codeOf(closed)], [403, 'AccessDenied'])
})

t.test('the log names the operation, and the prefix', async (t) => {
  const { headers } = await httpGet(files.url + FILMS)
  const line = await until('it is logged', () => files.stderr().split('\n').find(
    (line) => line.includes(String(headers['x-amz-request-id']))
  ))
  t.match(JSON.parse(line), { operation: 'GetBrowsePage', bucket: 'media', key: 'films/', status: 200 })
})

if (need(t, 'chromium')) {
  await t.test('S86: in a browser', async (t) => {
    const browser = await chromium.launch({ executablePath: programPath('chromium'), args: ['--no-sandbox'] })
    t.teardown(() => browser.close())
    const page = await browser.newPage({ viewport: { width: 360, height: 800 }, colorScheme: 'dark' })
    const wrong: string[] = []
    page.on('console', (message) => { wrong.push(message.text()) })
    page.on('request', (request) => { if (request.resourceType() !== 'document') wrong.push(request.url()) })
    await page.goto(files.url + FILMS)
    t.equal(await page.evaluate('window.evil'), undefined)
    t.equal(await page.evaluate('document.scripts.length + document.images.length'), 0)
    const shown = EVIL.replace('\u202E', String.raw`\u202e`)
    t.equal(await page.getByRole('link', { name: shown, exact: true }).count(), 1, 'a key is text')
    t.equal(await page.getByRole('link', { name: `Torrent ${shown}`, exact: true }).count(), 1)
    t.equal(await page.getByRole('table', { name: 'films/' }).count(), 1)
    t.equal(await page.getByRole('columnheader').count(), 4)
    const fits = 'document.documentElement.scrollWidth <= window.innerWidth'
    t.equal(await page.evaluate(fits), true, 'nothing is wider than the screen')
    const ground = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor')
    const dark = await ground()
    await page.emulateMedia({ colorScheme: 'light' })
    t.not(await ground(), dark, 'dark and light')
    await page.getByRole('link', { name: 'deep/', exact: true }).click()
    await page.getByRole('heading', { name: 'deep/' }).waitFor()
    await page.getByRole('navigation', { name: 'Folders above' }).getByRole('link', { name: 'media' }).click()
    t.equal(page.url(), `${files.url}/-/browse/media/`)
    t.strictSame(wrong, [], 'no error, nothing against the policy, nothing but pages')
  })
}
