import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { contentAt } from '../support/content.js'
import { httpGet } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import { checkTorrent, tempDir } from '../support/torrent-check.js'
import { clientPrograms, testClients } from '../support/torrent-clients.js'

t.test('GetObjectTorrent of files in a directory', async (t) => {
  if (!need(t, ...clientPrograms)) return
  const dir = tempDir(t)
  const put = (path: string, content: Buffer): void => {
    mkdirSync(dirname(join(dir, 'buckets', path)), { recursive: true })
    writeFileSync(join(dir, 'buckets', path), content)
  }
  const carol = { accessKeyId: 'CAROLACCESSKEY000001', secretAccessKey: 'carolsecretkey0000000000000000000000000' }
  const content = contentAt(50, 0, 100_000)
  const otherContent = contentAt(51, 0, 70_000)
  put('media/films/some film.mkv', content)
  put('media/films/another film.mkv', otherContent)
  writeFileSync(join(dir, 'credentials'), credentialsText({ carol }))
  const server = await startServer(t, {
    args: [
      '--origin', join(dir, 'buckets'), '--credentials-file', join(dir, 'credentials'), '--domain', 's3.test',
      '--bucket-owner', 'media=111122223333'
    ]
  })

  t.test('clients', async (t) => {
    testClients(t, {
      server,
      keyPair: carol,
      bucket: 'media',
      owner: '111122223333',
      key: 'films/some film.mkv',
      object: { name: 'some film.mkv', content, pieceLength: 16384 },
      publicKey: 'films/another film.mkv',
      publicObject: { name: 'another film.mkv', content: otherContent, pieceLength: 16384 }
    })
  })

  t.test('files of one byte, a piece less one, a piece, a piece and one, and 20 MB', async (t) => {
    for (const [size, pieces] of [[1, 1], [16383, 1], [16384, 1], [16385, 2], [20_000_000, 1221]] as const) {
      const content = contentAt(size, 0, size)
      put(`media/${size}.bin`, content)
      const { body } = await httpGet(`${server.url}/media/${size}.bin?torrent`)
      const view = await checkTorrent(t, body, { name: `${size}.bin`, content, pieceLength: 16384 })
      t.equal(view.pieces.length, pieces)
      t.ok((await httpGet(view.webSeeds[0] ?? '')).body.equals(content), 'everything here is public: the web seed')
    }
  })

  t.test('names of files', async (t) => {
    for (const name of [
      'a b', 'a+b', 'a%2Fb', '100%25', 'é', 'e\u0301', '日本 😀', '"q"', "it's", 'a&b=c', 'a?torrent', 'a#b', 'a\\b',
      '..a', '.hidden', '-'
    ]) {
      const content = Buffer.from(`the file ${name}`)
      put(`media/names/${name}`, content)
      const { body } = await httpGet(`${server.url}/media/names/${encodeURIComponent(name)}?torrent`)
      const { urlList: [seed = ''], length } = await parsed(body)
      t.equal(length, content.length, name)
      t.ok((await httpGet(seed)).body.equals(content), seed)
    }
  })

  t.test('a key that is not the path of a file in the bucket does not exist', async (t) => {
    put('media/folder/file', content)
    put('outside/file', content)
    symlinkSync(join(dir, 'buckets/outside'), join(dir, 'buckets/media/link'))
    symlinkSync(join(dir, 'credentials'), join(dir, 'buckets/media/linked-file'))
    symlinkSync(join(dir, 'buckets/media/folder/file'), join(dir, 'buckets/media/link-inside'))
    const keys = [
      'folder', 'folder/', 'folder//file', '/folder/file', './folder/file', 'folder/./file', 'folder/../folder/file',
      '../outside/file', '..%2Foutside%2Ffile',
      '%2E%2E/outside/file', '../../credentials', 'folder/file/', 'folder/file/..', '..', '.', 'link/file',
      'linked-file', 'x'.repeat(
        300
      )
    ]
    for (const key of keys) {
      const { status, body } = await httpGet(`${server.url}/media/${key}?torrent`)
      t.equal(status, 404, key)
      t.match(body.toString(), '<Code>NoSuchKey</Code>')
    }
    t.equal((await httpGet(`${server.url}/media/folder/file?torrent`)).status, 200)
    t.equal((await httpGet(`${server.url}/media/link-inside?torrent`)).status, 200, 'a link within the bucket')
  })

  t.test('a file that is written again has another torrent, and its old web seed is gone', async (t) => {
    put('media/changing.bin', content)
    const before = await parsed((await httpGet(`${server.url}/media/changing.bin?torrent`)).body)
    put('media/changing.bin', contentAt(52, 0, content.length))
    const after = await httpGet(`${server.url}/media/changing.bin?torrent`)
    t.not(
      (await checkTorrent(t, after.body, {
        name: 'changing.bin', content: contentAt(52, 0, content.length), pieceLength: 16384
      })).infoHash,
      before.infoHash
    )
    t.equal((await httpGet(before.urlList[0] ?? '')).status, 404)
  })
})
