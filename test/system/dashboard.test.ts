import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import t from 'tap'
import type { Test } from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need, programPath } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { announce } from '../support/tracker-client.js'

const TOKEN = 'a-token-of-the-tests'
const EVIL = '<img src=x onerror="window.evil=1"><script>window.evil=1</script>\u202E"\'&.bin'
const LIMIT = { timeout: 20_000 }

if (need(t, 'chromium')) {
  const browser = await chromium.launch({ executablePath: programPath('chromium'), args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  await tests(browser)
}

async function tests (browser: Browser): Promise<void> {
  const origin = await startFaultyOrigin(t)
  const [adminPort, guardedPort, trackerPort] = [await freePort(), await freePort(), await freePort()]
  const [server, guarded] = await Promise.all([
    startServer(t, {
      args: ['--origin', origin.endpoint, '--admin-port', String(adminPort), '--tracker-port', String(trackerPort)]
    }),
    startServer(t, {
      args: ['--origin', origin.endpoint, '--admin-port', String(guardedPort)],
      env: { OBJECT_TORRENT_ADMIN_TOKEN: TOKEN }
    })
  ])
  const admin = `http://127.0.0.1:${adminPort}/`

  /** A page, and what went wrong on it: scripts, the content security policy, requests to anywhere else. */
  async function open (t: Test, url: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<{
    page: Page
    wrong: string[]
  }> {
    const wrong: string[] = []
    const page = await browser.newPage(options)
    t.teardown(() => page.close())
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        wrong.push(message.text())
      }
    })
    page.on('pageerror', (error) => wrong.push(error.message))
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== new URL(url).origin) {
        wrong.push(request.url())
      }
    })
    await page.goto(url)
    return { page, wrong }
  }

  await t.test('what is hashed, live; then the torrent, its peers, and figures', async (t) => {
    origin.put('bkt', EVIL, { size: 40_000_000, seed: 1, public: true, faults: { bytesPerSecond: 8_000_000 } })
    const path = `/bkt/${encodeURIComponent(EVIL)}`
    const { page, wrong } = await open(t, admin)
    await page.getByText('Nothing is being hashed.').waitFor(LIMIT)
    const asked = httpGet(`${server.url}${path}?torrent`, { timeoutMs: 60_000 })
    const bar = page.locator('#jobs progress')
    await bar.waitFor(LIMIT)
    t.equal(await page.locator('#jobs .object').textContent(), `bkt/${EVIL}`, 'a key is text')
    const share = (): Promise<number> => bar.evaluate(
      (element) => (element as unknown as { position: number }).position
    )
    const first = await share()
    await page.waitForFunction(
      (first) => ((globalThis as unknown as {
        document: { querySelector (what: string): { position: number } | null }
      }).document.querySelector(
        '#jobs progress'
      )?.position ??
        2) > first,
      first,
      LIMIT
    )
    t.match(await page.locator('#jobs .facts').textContent(), /of 40\.0 MB/)
    await asked
    await page.getByText('Nothing is being hashed.').waitFor(LIMIT)

    const torrent = await parsed((await asked).body)
    const row = page.locator('#torrents tr')
    await row.getByText('public', { exact: true }).waitFor(LIMIT)
    t.equal(await row.locator('.hash').textContent(), torrent.infoHash)
    await announce({ port: trackerPort }, torrent.infoHash, { port: 5555, left: 0 })
    await announce({ port: trackerPort }, torrent.infoHash, { port: 5556, left: 9 })
    await page.waitForFunction(() => {
      const { document } = globalThis as unknown as {
        document: { querySelectorAll (what: string): Iterable<{ textContent: string }> }
      }
      return [...document.querySelectorAll('#torrents td.number')].map(({ textContent }) => textContent).slice(1).join(
        ' '
      ) === '1 1'
    }, undefined, LIMIT)
    await httpGet(`${server.url}/bkt/nothing-here?torrent`)
    await page.locator('#errors').getByText(/AccessDenied|NoSuchKey/).waitFor(LIMIT)
    t.equal(await page.locator('#charts canvas').count(), 5)
    t.match(await page.locator('#charts figcaption').first().textContent(), /Hashed.*now .*highest [1-9].*B\/s/)
    t.equal(await page.evaluate('window.evil'), undefined)
    t.strictSame(wrong, [], 'no error, nothing against the policy, nothing from elsewhere')
  })

  await t.test('magnet and link are copied, by keyboard too', async (t) => {
    const { page, wrong } = await open(t, admin)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const magnet = page.getByRole('button', { name: /^Copy the magnet link of bkt\// })
    await magnet.waitFor(LIMIT)
    await page.locator('#torrents').getByText('public', { exact: true }).waitFor(LIMIT)
    await magnet.click()
    await page.locator('#said').getByText('Copied').waitFor(LIMIT)
    const copied = (): Promise<string> => page.evaluate('navigator.clipboard.readText()')
    const asked = await httpGet(`${server.url}/bkt/${encodeURIComponent(EVIL)}?torrent&magnet`)
    t.equal(await copied(), asked.body.toString(), 'the magnet link that the server answers')
    await magnet.focus()
    await page.keyboard.press('Tab')
    t.match(
      await page.evaluate('document.activeElement.getAttribute("aria-label")'), /^Copy the link to the torrent of bkt\//
    )
    await page.waitForTimeout(2_500) // two snapshots
    t.match(
      await page.evaluate('document.activeElement.getAttribute("aria-label")'),
      /^Copy the link/,
      'what is focused stays while figures change'
    )
    await page.keyboard.press('Enter')
    await page.waitForFunction(
      'navigator.clipboard.readText().then((text) => text.startsWith("http"))', undefined, LIMIT
    )
    t.equal((await httpGet(await copied())).status, 200)
    t.strictSame(wrong, [])
  })

  await t.test('a key pair of the server that the origin refuses', async (t) => {
    const port = await freePort()
    const published = await startServer(t, {
      args: ['--origin', origin.endpoint, '--public', 'pub', '--admin-port', String(port)],
      env: { AWS_ACCESS_KEY_ID: 'OWN', AWS_SECRET_ACCESS_KEY: 'secret' }
    })
    origin.put('pub', 'film', {
      size: 10, faults: { refusedPair: { accessKeyId: 'OWN', status: 400, code: 'ExpiredToken' } }
    })
    origin.put('pub', 'other', { size: 10 })
    const { page, wrong } = await open(t, `http://127.0.0.1:${port}/`)
    await page.getByRole('heading', { name: 'Bandwidth saved' }).waitFor(LIMIT)
    t.equal(await page.getByRole('alert').count(), 0)
    await httpGet(`${published.url}/pub/film`)
    await page.getByRole('alert').getByText("refuses this server's own key pair (ExpiredToken)").waitFor(LIMIT)
    await httpGet(`${published.url}/pub/other`)
    await page.getByRole('alert').waitFor({ state: 'detached', ...LIMIT })
    t.strictSame(wrong, [])
  })

  await t.test('what a screen reader hears, and narrow screens', async (t) => {
    const { page } = await open(t, admin, { viewport: { width: 360, height: 800 }, colorScheme: 'dark' })
    await page.getByRole('status').getByText('Live').waitFor(LIMIT)
    for (const name of [
      'Bandwidth saved', 'Being hashed', 'Latest torrents', 'The last hour', 'Errors by code', 'Swarm and store'
    ]) {
      t.ok(await page.getByRole('region', { name }).isVisible(), name)
    }
    t.equal(await page.getByRole('heading', { level: 1 }).textContent(), ' object-torrent')
    t.equal(await page.getByRole('table', { name: 'Answers by operation' }).count(), 1)
    t.equal(
      await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'),
      true,
      'nothing is wider than the screen'
    )
    const contrast = async (): Promise<[string, string]> => page.evaluate(
      '[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]'
    )
    const dark = await contrast()
    await page.emulateMedia({ colorScheme: 'light' })
    t.not(dark[0], (await contrast())[0], 'dark and light')
  })

  await t.test('with a token', async (t) => {
    const { page } = await open(t, `http://127.0.0.1:${guardedPort}/`)
    const input = page.getByLabel('Token of --admin-token')
    await input.waitFor(LIMIT)
    await input.fill('not-the-right-token')
    await page.keyboard.press('Enter')
    await page.getByText('That is not the token.').waitFor(LIMIT)
    await input.fill(TOKEN)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Bandwidth saved' }).waitFor(LIMIT)
    t.notMatch(page.url(), TOKEN)
    await page.reload()
    await page.getByRole('heading', { name: 'Bandwidth saved' }).waitFor(LIMIT)
    await guarded.stop()
    await page.getByText('The connection is lost; trying again').waitFor(LIMIT)
    t.pass('it says so when the server is gone')
  })
}
