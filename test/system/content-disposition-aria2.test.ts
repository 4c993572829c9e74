import { once } from 'node:events'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { aria2 } from '../support/bittorrent/aria2.js'
import { contentAt } from '../support/content.js'
import { httpGet } from '../support/http-get.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'

const CONTENT = contentAt(7, 0, 1_234_567)
const FILE_ALREADY_EXISTS = 13

/** Answers every request with `torrent` under that Content-Disposition. Its web seed is the real server's. */
async function replay (t: Test, torrent: Buffer, disposition: string | undefined): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, {
      'content-type': 'application/x-bittorrent',
      'content-length': torrent.length,
      ...(disposition !== undefined && { 'content-disposition': disposition })
    }).end(torrent)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close(); server.closeAllConnections() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test("what aria2 makes of a torrent's Content-Disposition", async (t) => {
  if (!need(t, 'aria2c')) return
  const buckets = t.testdir({ media: {} })
  writeFileSync(join(buckets, 'media/film.bin'), CONTENT)
  const { url } = await startServer(t, { args: ['--origin', buckets] })
  const ours = await httpGet(`${url}/media/film.bin?torrent`)
  t.equal(ours.status, 200, 'the torrent that is replayed')
  const disposition = ours.headers['content-disposition'] ?? ''
  const run = async (disposition: string | undefined, dir: string) => {
    const base = await replay(t, ours.body, disposition)
    return aria2.download(`${base}/media/film.bin?torrent`, { dir, seconds: 30 })
  }

  await t.test('as this server writes it: both files are there', async (t) => {
    const dir = t.testdir({})
    const { ok, output } = await run(disposition, dir)
    t.ok(ok, 'aria2 succeeds', { output })
    t.same(readdirSync(dir).sort(), ['film.bin', 'film.bin.torrent'])
    t.ok(readFileSync(join(dir, 'film.bin')).equals(CONTENT), 'the object, byte for byte')
    t.ok(readFileSync(join(dir, 'film.bin.torrent')).equals(ours.body), 'the torrent')
  })

  await t.test("as AWS wrote it, with a semicolon at its end: the torrent takes the object's name", async (t) => {
    const dir = t.testdir({})
    const { code, output } = await run('attachment; filename=film.bin.torrent;', dir)
    t.equal(code, FILE_ALREADY_EXISTS, 'the file is there already', { output })
    t.ok(readFileSync(join(dir, 'film.bin')).equals(ours.body), 'what is named as the object is the torrent')
  })

  await t.test('the semicolon alone is what it stumbles over', async (t) => {
    const dir = t.testdir({})
    const { ok, output } = await run('attachment; filename=film.bin.torrent', dir)
    t.ok(ok, 'aria2 succeeds', { output })
    t.ok(readFileSync(join(dir, 'film.bin')).equals(CONTENT), 'the object, byte for byte')
  })

  await t.test('none at all fails as well', async (t) => {
    const { code, output } = await run(undefined, t.testdir({}))
    t.equal(code, FILE_ALREADY_EXISTS, 'the file is there already', { output })
  })
})
