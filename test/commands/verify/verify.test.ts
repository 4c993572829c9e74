import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { metainfoOf } from '../../support/metainfo.js'
import { runInProcess } from '../run-in-process.js'

const TORRENT = metainfoOf({
  announce: [], creationDate: new Date(0), length: 5, name: 'film.bin', pieceLength: 16384, urlList: []
}, Buffer.alloc(20))

t.test('a URL that cannot be asked is said in one sentence, without its secrets', async (t) => {
  const escape = 'has a % that is no escape; a % itself is written %25.'
  const cases: Array<[url: string, code: number, says: string]> = [
    ['http://user:secret%zz@h/f', 2, `The user or the password in "http://…@h/f" ${escape}`],
    ['http://us%er@h/f', 2, `The user or the password in "http://…@h/f" ${escape}`],
    ['http://user:secret%ff@h/f?secret', 2, `The user or the password in "http://…@h/f?…" ${escape}`],
    ['http://user:secret@h:99999/f', 2, '"http://…@h:99999/f" is no URL.'],
    ['http://user:se/secret@h:99999/f?X-Amz-Signature=secret', 2, '"http://…@h:99999/f?…" is no URL.'],
    ['http://h\u202E\u001B/%zz', 2, '"http://h\\u202e\\u001b/%zz" is no URL.'],
    [
      'http://127.0.0.1:1/bkt/a/../b?secret=/..',
      2,
      '"http://127.0.0.1:1/bkt/a/../b?…" has a . or .. part, which a URL cannot carry: every client takes it away. ' +
      'Name the object as s3://bucket/key, or write the URL without it.'
    ],
    ['http://127.0.0.1:1/bkt/%2E.', 2, 'has a . or .. part, which a URL cannot carry'],
    ['http://127.0.0.1:1/bkt/./a#b', 2, 'has a . or .. part, which a URL cannot carry'],
    ['http://127.0.0.1:1/bkt\\..\\a', 2, 'has a . or .. part, which a URL cannot carry'],
    [
      'http://127.0.0.1:1/bkt/a%2F..%2Fb/..c/.d/e..?secret=/../',
      1,
      'cannot be read: the server could not be asked; try again.'
    ],
    [
      'http://user:secret%25@127.0.0.1:1/%zz?secret',
      1,
      'http://127.0.0.1:1/%zz?… cannot be read: the server could not be asked; try again.'
    ],
    [
      'http://127.0.0.1:1/\u202E',
      1,
      'http://127.0.0.1:1/%E2%80%AE cannot be read: the server could not be asked; try again.'
    ]
  ]
  for (const [url, expected, says] of cases) {
    const { code, stdout, stderr } = await runInProcess(['verify', '-', url], { input: TORRENT })
    t.same([code, stdout], [expected, ''], url)
    t.match(stderr, /^object-torrent: [^\n]+\.\n$/, 'one sentence')
    t.match(stderr.replace('nobody listens there (ECONNREFUSED)', 'the server could not be asked'), says)
    t.notMatch(stderr, /secret|\bat /)
  }
})

t.test('magnet links and URLs where they are none', async (t) => {
  const link = `magnet:?xt=urn:btih:${'a'.repeat(40)}`
  const cases: Array<[args: string[], input: string | Buffer, code: number, says: string]> = [
    [[link, 'b'], '', 2, 'A magnet link names a torrent and holds none of its hashes; give the .torrent itself'],
    [['-', 'b'], link, 2, 'A magnet link names a torrent and holds none of its hashes; give the .torrent itself'],
    [
      ['-', link],
      TORRENT,
      2,
      'A magnet link names a torrent and holds no bytes; the bytes are s3://bucket/key, a file, or an http(s) URL.'
    ],
    [
      ['http://127.0.0.1:1/a?secret', 'b'],
      '',
      1,
      'http://127.0.0.1:1/a?… cannot be read: nobody listens there (ECONNREFUSED); try again.'
    ]
  ]
  for (const [args, input, expected, says] of cases) {
    const { code, stdout, stderr } = await runInProcess(['verify', ...args], { input })
    t.same([code, stdout], [expected, ''])
    t.match(stderr, says)
  }
})

t.test('a page in the place of a file is called so', async (t) => {
  const page = metainfoOf({
    announce: [], creationDate: new Date(0), length: 5, name: 'a page.html', pieceLength: 16384, urlList: []
  })
  const server = createServer(({ url }, response) => {
    response.writeHead(url === '/none/' ? 404 : 200, url === '/bkt/' ? {} : { 'content-type': 'text/html' }).write(
      url === '/bkt/' ? '<?xml version="1.0"?>\n<ListBucketResult>' : '<html>'
    )
    response.end()
  }).listen(0, '127.0.0.1')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  await once(server, 'listening')
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const cases: Array<[url: string, torrent: Buffer, says: RegExp]> = [
    [
      `${at}/`,
      TORRENT,
      /answers a web page, and not the bytes of film\.bin; the file in this folder may be http:\/\/127\.0\.0\.1:\d+\/film\.bin\.\n$/
    ],
    [`${at}/a`, TORRENT, /answers a web page, and not the bytes of film\.bin; copy the link of the file itself\.\n$/],
    [`${at}/a.html`, page, /does not say how many bytes there are/],
    [
      `${at}/bkt/`,
      TORRENT,
      /answers a store's listing, and not the bytes of film\.bin; the file in this folder may be \S+\/bkt\/film\.bin\.\n$/
    ],
    [`${at}/none/`, TORRENT, /there is nothing at/i]
  ]
  for (const [url, torrent, says] of cases) {
    const { code, stdout, stderr } = await runInProcess(['verify', '--quiet', '-', url], { input: torrent })
    t.same([code, stdout], [1, ''], url)
    t.match(stderr, says)
  }
  // Hashing runs what is built: the rest of it is in test/system/verify-command.test.ts.
})
