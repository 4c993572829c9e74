import { createHash } from 'node:crypto'
import { mkdirSync, openSync, closeSync, ftruncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runClient } from '../support/clients.js'
import { CLIENT_PATIENCE_MS, httpGet } from '../support/http-get.js'
import { readTorrent } from '../support/libtorrent.js'
import { need, programPath } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { tempDir, transmissionInfoHash } from '../support/torrent-check.js'

const GIB = 2 ** 30
const PIECE = 4 * 2 ** 20

t.test('the smallest and the largest object', async (t) => {
  if (!need(t, 'python-libtorrent', 'transmission-show', 'aria2c')) return
  const dir = tempDir(t)
  mkdirSync(join(dir, 'media'))
  /** Zeros, which take no space, but for the marks. */
  const sparse = (
    name: string, size: number, marks: ReadonlyArray<readonly [offset: number, mark: string]> = []
  ): void => {
    const file = openSync(join(dir, 'media', name), 'w')
    ftruncateSync(file, size)
    for (const [offset, mark] of marks) writeSync(file, mark, offset)
    closeSync(file)
  }
  const server = await startServer(t, { args: ['--origin', dir] })

  t.test('5 GiB less one byte: offsets beyond 32 bits', async (t) => {
    const marks = [
      [0, 'first'], [2 * GIB - 2, '31 = thirty-one'], [4 * GIB - 2, '32 = thirty-two'], [5 * GIB - 5, 'last']
    ] as const
    sparse('large.img', 5 * GIB - 1, marks)
    const { status, headers, body, complete } = await httpGet(`${server.url}/media/large.img?torrent`, {
      timeoutMs: 240_000, patienceMs: CLIENT_PATIENCE_MS
    })
    t.strictSame([status, complete, headers['content-length']], [200, true, String(body.length)])
    const view = await readTorrent(body)
    if ('error' in view) throw new Error(view.error)
    t.strictSame([view.size, view.pieceLength, view.pieces.length, view.name], [5 * GIB - 1, PIECE, 1280, 'large.img'])
    t.equal(await transmissionInfoHash(t, body), view.infoHash)

    const pieceAt = (i: number): string => {
      const piece = Buffer.alloc(i === 1279 ? PIECE - 1 : PIECE)
      for (const [offset, mark] of marks) {
        for (const [j, byte] of [...Buffer.from(mark)].entries()) {
          const at = offset + j - i * PIECE
          if (at >= 0 && at < piece.length) piece[at] = byte
        }
      }
      return createHash('sha1').update(piece).digest('hex')
    }
    const marked = [0, 511, 512, 1023, 1024, 1279]
    for (const i of marked) t.equal(view.pieces[i], pieceAt(i), `piece ${i}`)
    t.equal(new Set(marked.map((i) => view.pieces[i])).size, marked.length)
    const zeros = createHash('sha1').update(Buffer.alloc(PIECE)).digest('hex')
    t.strictSame(view.pieces.flatMap((hash, i) => hash === zeros ? [] : [i]), marked, 'all the others are zeros')
  })

  t.test('5 GiB is refused', async (t) => {
    sparse('too-large.img', 5 * GIB)
    for (const method of ['GET', 'HEAD']) {
      const { status, body } = await httpGet(`${server.url}/media/too-large.img?torrent`, { method })
      t.equal(status, 400)
      if (method === 'GET') {
        t.match(
          body.toString(),
          '<Code>InvalidRequest</Code><Message>Torrent creation is not supported for objects larger than ' +
          '5368709120</Message>'
        )
      }
    }
    const { status, body } = await httpGet(`${server.url}/media/too-large.img`, {
      headers: { range: `bytes=${5 * GIB - 1}-` }
    })
    t.strictSame([status, body], [206, Buffer.alloc(1)], 'the object itself is served')
  })

  t.test('zero bytes are refused', async (t) => {
    writeFileSync(join(dir, 'media/empty'), '')
    for (const method of ['GET', 'HEAD']) {
      const { status, body } = await httpGet(`${server.url}/media/empty?torrent`, { method })
      t.equal(status, 400)
      if (method === 'GET') {
        t.match(
          body.toString(),
          '<Code>InvalidRequest</Code><Message>Torrent creation is not supported for objects of zero bytes</Message>'
        )
      }
    }
    const { status, body } = await httpGet(`${server.url}/media/empty`)
    t.strictSame([status, body.length], [200, 0], 'the object itself is served')
  })

  t.test('because no form of an empty torrent loads in libtorrent or Transmission', async (t) => {
    // The day one of these passes, so may an empty object.
    const digest = createHash('sha1').digest()
    for (const length of ['6:lengthi0e', '5:filesld6:lengthi0e4:pathl5:emptyeee']) {
      for (const pieces of [Buffer.alloc(0), digest]) {
        const torrent = Buffer.concat([
          Buffer.from(`d4:infod${length}4:name5:empty12:piece lengthi16384e6:pieces${pieces.length}:`),
          pieces,
          Buffer.from('ee')
        ])
        const file = join(tempDir(t), 'empty.torrent')
        writeFileSync(file, torrent)
        const form = `${length} and ${pieces.length} bytes of pieces`
        t.match(await readTorrent(torrent), { error: String }, `libtorrent: ${form}`)
        t.equal(await transmissionInfoHash(t, torrent), undefined, `Transmission: ${form}`)
        const aria2 = await runClient(programPath('aria2c'), ['--no-conf', '-S', file], { seconds: 20 })
        t.equal(/Info Hash: [0-9a-f]{40}/.test(aria2.output), pieces.length === 0, `aria2: ${form}`)
      }
    }
    const one = Buffer.concat(
      [Buffer.from('d4:infod6:lengthi1e4:name5:empty12:piece lengthi16384e6:pieces20:'), digest, Buffer.from('ee')]
    )
    t.notMatch(await readTorrent(one), { error: String }, 'with one byte both do')
    t.ok(await transmissionInfoHash(t, one))
  })
})
