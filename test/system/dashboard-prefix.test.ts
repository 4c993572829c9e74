import { chromium } from 'playwright-core'
import t from 'tap'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need, programPath } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { until } from '../support/until.js'

const LIMIT = { timeout: 20_000 }
const OBJECTS = 6
const SIZE = 4_000_001

if (need(t, 'chromium')) {
  const browser = await chromium.launch({ executablePath: programPath('chromium'), args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  const origin = await startFaultyOrigin(t)
  origin.bucket('bkt', { public: true })
  const bytesPerSecond = 2_000_000
  for (let i = 0; i < OBJECTS; i++) {
    origin.put('bkt', `films/${i}`, {
      size: SIZE, seed: i, public: true, ...(i > 0 && { faults: { bytesPerSecond } })
    })
  }
  const adminPort = await freePort()
  const admin = `http://127.0.0.1:${adminPort}`
  const server = await startServer(t, {
    args: ['--origin', origin.endpoint, '--admin-port', String(adminPort), '--reads', '2']
  })

  await t.test('a prefix is one line while it is hashed, then one torrent of so many files', async (t) => {
    const page = await browser.newPage()
    t.teardown(() => page.close())
    await page.goto(admin)
    await page.getByText('Nothing is being hashed.').waitFor(LIMIT)
    const url = `${server.url}/bkt?torrent&prefix=films%2F`
    const asked = httpGet(url, { timeoutMs: 60_000 })
    const facts = page.locator('#jobs .facts')
    await facts.getByText(new RegExp(`[1-9]\\d* of ${OBJECTS} objects`)).waitFor(LIMIT)
    t.equal(await page.locator('#jobs li').count(), 1)
    t.equal(await page.locator('#jobs .object').textContent(), 'bkt/films/')
    const torrent = await parsed((await asked).body)
    const row = page.locator('#torrents tr').filter({ has: page.getByText(`${OBJECTS} files`, { exact: true }) })
    await row.waitFor(LIMIT)
    t.equal(await row.locator('.object').textContent(), 'bkt/films/')
    t.equal(await row.locator('.hash').textContent(), torrent.infoHash)
    t.equal(await row.locator('[data-part=size]').textContent(), '24.0 MB', 'without pads')
    await row.getByText('public', { exact: true }).waitFor(LIMIT)
    t.equal(await row.locator('[data-part=link]').getAttribute('data-copy'), url)
    const { body } = await httpGet(`${url}&magnet`)
    await until('the link has the seeds of a public torrent', async () =>
      await row.locator('[data-part=magnet]').getAttribute('data-copy') === body.toString())
    await page.locator('#requests').getByText('GetPrefixTorrent').first().waitFor(LIMIT)
  })
}
