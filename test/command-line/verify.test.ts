import t from 'tap'
import { metainfo } from '../../src/torrent/metainfo.js'
import { runInProcess } from './run-in-process.js'

const { head, tail } = metainfo({ announce: [], creationDate: new Date(0), length: 5, name: 'film.bin', pieceLength: 16384, urlList: [] })
const TORRENT = Buffer.concat([head, Buffer.alloc(20), tail])

t.test('P7: a URL that cannot be asked is said in one sentence, without its secrets', async (t) => {
  const escape = 'has a % that is no escape; a % itself is written %25.'
  const cases: Array<[url: string, code: number, says: string]> = [
    ['http://user:secret%zz@h/f', 2, `The user or the password in "http://…@h/f" ${escape}`],
    ['http://us%er@h/f', 2, `The user or the password in "http://…@h/f" ${escape}`],
    ['http://user:secret%ff@h/f?secret', 2, `The user or the password in "http://…@h/f?…" ${escape}`],
    ['http://user:secret@h:99999/f', 2, '"http://…@h:99999/f" is no URL.'],
    ['http://user:se/secret@h:99999/f?X-Amz-Signature=secret', 2, '"http://…@h:99999/f?…" is no URL.'],
    ['http://h\u202E\u001B/%zz', 2, '"http://h\\u202e\\u001b/%zz" is no URL.'],
    ['http://127.0.0.1:1/bkt/a/../b?secret=/..', 2, '"http://127.0.0.1:1/bkt/a/../b?…" has a . or .. part, which a URL cannot carry: every client takes it away. Name the object as s3://bucket/key, or write the URL without it.'],
    ['http://127.0.0.1:1/bkt/%2E.', 2, 'has a . or .. part, which a URL cannot carry'],
    ['http://127.0.0.1:1/bkt/./a#b', 2, 'has a . or .. part, which a URL cannot carry'],
    ['http://127.0.0.1:1/bkt\\..\\a', 2, 'has a . or .. part, which a URL cannot carry'],
    ['http://127.0.0.1:1/bkt/a%2F..%2Fb/..c/.d/e..?secret=/../', 1, 'cannot be read: the server could not be asked; try again.'],
    ['http://user:secret%25@127.0.0.1:1/%zz?secret', 1, 'http://127.0.0.1:1/%zz?… cannot be read: the server could not be asked; try again.'],
    ['http://127.0.0.1:1/\u202E', 1, 'http://127.0.0.1:1/%E2%80%AE cannot be read: the server could not be asked; try again.']
  ]
  for (const [url, expected, says] of cases) {
    const { code, stdout, stderr } = await runInProcess(['verify', '-', url], { input: TORRENT })
    t.same([code, stdout], [expected, ''], url)
    t.match(stderr, /^object-torrent: [^\n]+\.\n$/, 'one sentence')
    t.match(stderr.replace('nobody listens there (ECONNREFUSED)', 'the server could not be asked'), says)
    t.notMatch(stderr, /secret|\bat /)
  }
})
