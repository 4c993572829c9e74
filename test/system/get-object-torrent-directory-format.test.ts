import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { contentAt } from '../support/content.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { checkTorrent, tempDir } from '../support/torrent-check.js'

const content = contentAt(60, 0, 600_000)
const modified = new Date('2026-01-02T03:04:05Z')

t.test('what is in the answer', async (t) => {
  if (!need(t, 'python-libtorrent', 'transmission-show')) return
  const dir = tempDir(t)
  const write = (path: string, content: Buffer): void => {
    mkdirSync(join(dir, path, '..'), { recursive: true })
    writeFileSync(join(dir, path), content)
    utimesSync(join(dir, path), modified, modified)
  }
  write('media/films/Nöel "1".mkv', content)
  write('media/plain.bin', content)
  const start = (...args: string[]) => startServer(t, { args: ['--origin', dir, ...args] })
  const plain = await start()
  const ask = (server: { url: string }, options = {}, key = 'plain.bin'): Promise<HttpResponse> => httpGet(
    `${server.url}/media/${key}?torrent`, options
  )

  t.test('headers', async (t) => {
    const { status, headers, body, rawHeaders } = await ask(plain, {}, encodeURI('films/Nöel "1".mkv'))
    t.equal(status, 200)
    t.equal(headers['content-type'], 'application/x-bittorrent')
    t.equal(
      headers['content-disposition'],
      'attachment; filename="N_el _1_.mkv.torrent"; filename*=UTF-8\'\'N%C3%B6el%20_1_.mkv.torrent'
    )
    t.equal(headers['content-length'], String(body.length))
    t.equal(headers['transfer-encoding'], undefined)
    t.equal(headers['last-modified'], 'Fri, 02 Jan 2026 03:04:05 GMT')
    t.match(headers.etag, /^"[0-9a-f]{32}"$/)
    t.match(headers['x-amz-request-id'], /^[0-9A-F]{16}$/)
    t.match(headers['x-amz-id-2'], /^.{40,}$/)
    t.equal(headers['x-amz-request-charged'], undefined)
    t.equal(
      new Set(rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())).size,
      rawHeaders.length / 2,
      'none twice'
    )
    const head = await ask(plain, { method: 'HEAD' }, encodeURI('films/Nöel "1".mkv'))
    const own = ({
      date, connection, 'keep-alive': _, 'x-amz-request-id': id, 'x-amz-id-2': id2, ...rest
    }: HttpResponse['headers']): object => rest
    t.equal(head.status, 200)
    t.strictSame(own(head.headers), own(headers), 'HEAD has the same')
    t.not(head.headers['x-amz-request-id'], headers['x-amz-request-id'])
    t.equal((await parsed(body)).created?.toISOString(), modified.toISOString(), "the creation date is the object's")
  })

  t.test('conditional requests', async (t) => {
    const { headers: { etag = '' }, body } = await ask(plain)
    for (const method of ['GET', 'HEAD']) {
      const answer = async (headers: Record<string, string>): Promise<HttpResponse> => ask(plain, { method, headers })
      for (const header of [etag, `"x", ${etag}`, `W/${etag}`, '*']) {
        const { status, headers, body } = await answer({ 'if-none-match': header })
        t.strictSame([status, headers.etag, body.length], [304, etag, 0], `${method} If-None-Match: ${header}`)
      }
      t.equal((await answer({ 'if-none-match': '"x"' })).status, 200)
      t.equal((await answer({ 'if-match': etag })).status, 200)
      t.equal((await answer({ 'if-match': '"x"' })).status, 412)
      t.equal((await answer({ 'if-modified-since': modified.toUTCString() })).status, 304)
      t.equal((await answer({ 'if-modified-since': new Date(modified.getTime() - 1000).toUTCString() })).status, 200)
      t.equal((await answer({ 'if-unmodified-since': new Date(modified.getTime() - 1000).toUTCString() })).status, 412)
      t.equal(
        (await answer({ 'if-none-match': '"x"', 'if-modified-since': modified.toUTCString() })).status,
        200,
        'the ETag counts'
      )
    }
    t.same((await ask(plain, { headers: { range: 'bytes=0-9' } })).body, body, 'a torrent is always whole')
    const object = await httpGet(`${plain.url}/media/plain.bin`, { method: 'HEAD' })
    t.not(object.headers.etag, etag, "it is not the object's ETag")
    write('media/rewritten.bin', content)
    const before = await ask(plain, {}, 'rewritten.bin')
    write('media/rewritten.bin', contentAt(61, 0, content.length))
    const after = await ask(plain, { headers: { 'if-none-match': before.headers.etag } }, 'rewritten.bin')
    t.equal(after.status, 200, 'the same size and time, and other bytes: another ETag')
    t.not((await parsed(after.body)).infoHash, (await parsed(before.body)).infoHash)
  })

  t.test('two servers of one configuration give the same bytes and the same ETag', async (t) => {
    const options = [
      '--public-url', 'https://torrents.example.net/base/', '--announce', 'http://tracker.example.net:6969/announce'
    ]
    const [one, two] = [await ask(await start(...options)), await ask(await start(...options))]
    t.same(two.body, one.body)
    t.equal(two.headers.etag, one.headers.etag)
    const view = await checkTorrent(t, one.body, { name: 'plain.bin', content, pieceLength: 16384 })
    t.match(view.webSeeds, [/^https:\/\/torrents\.example\.net\/base\/-\/seed\/[\w-]+\/media\/plain\.bin$/])
    t.equal(view.webSeeds.length, 1)
    t.equal(view.creator, 'object-torrent')
    const again = await ask(plain)
    t.not(again.headers.etag, one.headers.etag, 'another configuration: other bytes, another ETag')
    t.equal((await parsed(again.body)).infoHash, view.infoHash, 'one swarm all the same')
  })

  t.test('trackers in tiers, as libtorrent reads them', async (t) => {
    const { body } = await ask(await start(
      '--announce',
      'http://a.example/announce,udp://b.example:6969',
      '--announce',
      'https://c.example/announce?x=1',
      '--announce',
      'wss://d.example'
    ))
    const view = await checkTorrent(t, body, { name: 'plain.bin', content, pieceLength: 16384 })
    // libtorrent shuffles each tier (BEP 12).
    t.strictSame(
      view.trackers.map(({ tier, url }) => `${tier} ${url}`).sort(),
      ['0 http://a.example/announce', '0 udp://b.example:6969', '1 https://c.example/announce?x=1', '2 wss://d.example']
    )
    t.strictSame(
      (await parsed(body)).announce,
      ['http://a.example/announce', 'udp://b.example:6969', 'https://c.example/announce?x=1', 'wss://d.example'],
      'in the order given'
    )
    const none = await checkTorrent(t, (await ask(plain)).body, { name: 'plain.bin', content, pieceLength: 16384 })
    t.strictSame(none.trackers, [], 'none by default')
    t.equal(none.infoHash, view.infoHash)
  })

  t.test('--x-amz-info on writes bucket and key into info, as S3 did; off does not', async (t) => {
    const { body } = await ask(await start('--x-amz-info', 'on'), {}, encodeURI('films/Nöel "1".mkv'))
    const { infoHash } = await checkTorrent(t, body, { name: 'Nöel _1_.mkv', content, pieceLength: 16384 })
    const text = (value: unknown): string => Buffer.from(value as Uint8Array).toString()
    const { info } = await parsed(body)
    t.strictSame(Object.keys(info), ['length', 'name', 'piece length', 'pieces', 'x-amz-bucket', 'x-amz-key'])
    t.equal(text(info['x-amz-bucket']), 'media')
    t.equal(text(info['x-amz-key']), 'films/Nöel "1".mkv')
    const off = await parsed((await ask(plain, {}, encodeURI('films/Nöel "1".mkv'))).body)
    t.strictSame(Object.keys(off.info), ['length', 'name', 'piece length', 'pieces'])
    t.not(off.infoHash, infoHash)
  })

  t.test('--piece-length 262144, as S3 had it', async (t) => {
    const { body } = await ask(await start('--piece-length', '262144'))
    const view = await checkTorrent(t, body, { name: 'plain.bin', content, pieceLength: 262144 })
    t.equal(view.pieces.length, 3)
  })

  t.test('nothing in a torrent comes from a header', async (t) => {
    const { body } = await ask(plain)
    const headers = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example;proto=https'
    }
    t.same((await ask(plain, { headers })).body, body)
    t.match((await parsed(body)).urlList[0], new RegExp(`^${plain.url}/-/seed/`), "the listener's own address")
  })
})
