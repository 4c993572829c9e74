import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import t from 'tap'
import type { Test } from 'tap'
import { aria2 } from '../support/bittorrent/aria2.js'
import type { BitTorrentClient } from '../support/bittorrent/client.js'
import { libtorrent } from '../support/bittorrent/libtorrent.js'
import { transmission } from '../support/bittorrent/transmission.js'
import { ceph } from '../support/ceph.js'
import { contentAt } from '../support/content.js'
import type { Faults } from '../support/faults.js'
import type { FaultyObject } from '../support/faulty-object.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import type { FaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { parsed } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { rawRequest } from '../support/raw-http.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { until } from '../support/until.js'

const BUCKET = `web-seed-clients-${randomBytes(4).toString('hex')}`
const SIZE = 3_456_789
const PLAIN_KEY = 'film.bin'
const FILE_KEY = 'films_2024/a b+c & 100%/ünï ☃ (1)~x_y.bin'
const ODD_KEY = 'films_2024//a b+c & 100%/ünï ☃ (1)~x_y.bin'

t.jobs = 2

/** Where objects are put that the server serves. `put` replaces. */
interface Store {
  readonly args: string[]
  readonly key: string
  put (key: string, body: Buffer, options?: { readable: boolean }): Promise<void>
  remove (key: string): Promise<void>
  /** Whether an object can be there that not everybody may read. */
  readonly hasPrivate: boolean
}

async function cephStore (t: Test): Promise<Store | undefined> {
  const cluster = ceph(t)
  if (cluster === undefined) return undefined
  const client = new S3Client({
    endpoint: cluster.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: cluster.alice,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED'
  })
  t.teardown(() => { client.destroy() })
  await client.send(new CreateBucketCommand({ Bucket: BUCKET })) // of one's own already: 200
  return {
    args: ['--origin', cluster.endpoint],
    key: ODD_KEY,
    hasPrivate: true,
    put: async (Key, Body, { readable } = { readable: true }) => {
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, ACL: readable ? 'public-read' : 'private' }))
    },
    remove: async (Key) => { await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key })) }
  }
}

async function directoryStore (t: Test): Promise<Store> {
  const directory = t.testdir({ [BUCKET]: {} })
  const pathOf = (key: string): string => join(directory, BUCKET, key)
  return {
    args: ['--origin', directory],
    key: FILE_KEY,
    hasPrivate: false,
    put: async (key, body) => {
      mkdirSync(dirname(pathOf(key)), { recursive: true })
      writeFileSync(pathOf(key), body)
    },
    remove: async (key) => { rmSync(pathOf(key)) }
  }
}

async function faultyStore (t: Test): Promise<Store & { origin: FaultyOrigin }> {
  const origin = await startFaultyOrigin(t)
  return {
    origin,
    args: ['--origin', origin.endpoint],
    key: ODD_KEY,
    hasPrivate: true,
    put: async (key, body, { readable } = { readable: true }) => {
      origin.put(BUCKET, key, { body, public: readable })
    },
    remove: async (key) => { origin.remove(BUCKET, key) }
  }
}

function torrentUrl (server: Server, key: string): string {
  return `${server.url}/${BUCKET}/${key.split('/').map(encodeURIComponent).join('/')}?torrent`
}

/** The torrent, and the web seed that it names. */
async function torrentOf (t: Test, server: Server, key: string): Promise<{
  torrent: Buffer
  name: string
  pieceLength: number
  path: string
}> {
  const { status, body } = await httpGet(torrentUrl(server, key))
  t.equal(status, 200, 'the torrent')
  const { urlList, name, pieceLength } = await parsed(body)
  t.equal(urlList.length, 1, 'one web seed')
  const url = urlList[0] ?? ''
  t.ok(url.startsWith(`${server.url}/-/seed/`), url)
  t.notMatch(url, /[?#]/, 'no query: libtorrent would drop it on a private address')
  return { torrent: body, name, pieceLength, path: url.slice(server.url.length) }
}

/** What the server logged of that key's web seed. */
function seedAnswers (server: Server, key: string): Array<{ status: number, code?: string }> {
  return server.stderr().split('\n').filter((line) => line.includes('"GetWebSeed"'))
    .map((line) => JSON.parse(line) as { key: string, status: number, code?: string })
    .filter((line) => line.key === key)
}

async function downloads (
  t: Test, server: Server, key: string, content: Buffer, client: BitTorrentClient
): Promise<void> {
  if (!need(t, client.program)) return
  const { name } = await torrentOf(t, server, key)
  const dir = t.testdir({})
  const before = seedAnswers(server, key).length
  const { ok, output } = await client.download(torrentUrl(server, key), { dir, seconds: 40 })
  t.ok(ok, 'it says that it has everything', { output })
  t.ok(readFileSync(join(dir, name)).equals(content), 'byte for byte')
  await sleep(100) // the log's line comes after the answer
  const answers = seedAnswers(server, key).slice(before)
  t.ok(answers.length > 0, 'from the web seed')
  t.same(answers.filter(({ status }) => status !== 206 && status !== 200), [], 'which refused nothing')
}

t.test('clients download a public object of Ceph through its web seed alone', async (t) => {
  const store = await cephStore(t)
  if (store === undefined) return
  const server = await startServer(t, { args: [...store.args, '--region', 'us-east-1'] })
  for (const [i, key] of [
    PLAIN_KEY, `clients/${ODD_KEY}`
  ].entries()) { // not the key of the seed path's test, which runs beside this one
    const content = contentAt(i, 0, SIZE)
    await store.put(key, content)
    for (const client of [aria2, transmission, libtorrent]) {
      await t.test(`${client.name}: ${key}`, (t) => downloads(t, server, key, content, client))
    }
  }
})

t.test('and a file of a directory', async (t) => {
  const store = await directoryStore(t)
  const content = contentAt(3, 0, SIZE)
  await store.put(FILE_KEY, content)
  const server = await startServer(t, { args: store.args })
  await t.test('libtorrent', (t) => downloads(t, server, FILE_KEY, content, libtorrent))
})

t.test('and objects as odd stores and applications leave them', async (t) => {
  const { origin, args } = await faultyStore(t)
  const server = await startServer(t, { args })
  const ODD = {
    'compressed by their application': { 'content-encoding': 'gzip' },
    'put in chunks': { 'content-encoding': 'aws-chunked' },
    'an ETag without quotes': { etag: 'odd-1' },
    'an ETag with spaces': { etag: '"a b c"' },
    'a date of its own': { 'last-modified': '2024-03-05T10:00:00Z' }
  }
  for (const [i, [what, headers]] of Object.entries(ODD).entries()) {
    const content = contentAt(4 + i, 0, 300_000)
    origin.put(BUCKET, what, { body: content, public: true, headers })
    for (const client of i === 0
      ? [aria2, transmission, libtorrent]
      : [
          [aria2, transmission, libtorrent][i % 3] ?? aria2
        ]) {
      await t.test(`${client.name}: ${what}`, (t) => downloads(t, server, what, content, client))
    }
  }
})

t.test('the seed path of an object of Ceph', async (t) => {
  const store = await cephStore(t)
  if (store !== undefined) await seedPath(t, store)
})

t.test('the seed path of a file', async (t) => seedPath(t, await directoryStore(t)))

t.test('the seed path of an object of another origin', async (t) => seedPath(t, await faultyStore(t)))

async function seedPath (t: Test, store: Store): Promise<void> {
  const { key } = store
  const content = contentAt(5, 0, SIZE)
  await store.put(key, content)
  const server = await startServer(t, { args: [...store.args, '--domain', 'localhost', '--domain', 's3.example.net'] })
  const { path, torrent } = await torrentOf(t, server, key)
  const ask = (headers: OutgoingHttpHeaders = {}, target = path, method = 'GET') => httpGet(
    { port: server.port, path: target }, { headers, method }
  )

  await t.test('HEAD and GET of the whole', async (t) => {
    const whole = await ask()
    const head = await ask({}, path, 'HEAD')
    t.same([whole.status, head.status], [200, 200])
    t.ok(whole.complete && whole.body.equals(content), 'the object')
    t.equal(head.body.length, 0)
    const described = ['content-length', 'content-type', 'etag', 'last-modified', 'accept-ranges']
    for (const name of described) t.equal(head.headers[name], whole.headers[name], name)
    t.match(whole.headers, { 'content-length': String(SIZE), 'accept-ranges': 'bytes', etag: /^"[^"]+"$/ })
    t.notOk('content-range' in whole.headers)
  })

  for (const [range, first, last] of [
    ['bytes=0-0', 0, 0],
    ['bytes=1000000-1262143', 1_000_000, 1_262_143],
    [`bytes=${SIZE - 1}-${SIZE - 1}`, SIZE - 1, SIZE - 1],
    ['bytes=3000000-', 3_000_000, SIZE - 1],
    ['bytes=-1000', SIZE - 1000, SIZE - 1],
    [`bytes=-${SIZE + 1}`, 0, SIZE - 1],
    [`bytes=${SIZE - 7}-${SIZE + 100_000}`, SIZE - 7, SIZE - 1],
    [`bytes=0-${SIZE - 1}`, 0, SIZE - 1]
  ] as const) {
    await t.test(range, async (t) => {
      const { status, headers, body, complete } = await ask({ range })
      t.equal(status, 206)
      t.equal(headers['content-range'], `bytes ${first}-${last}/${SIZE}`)
      t.equal(headers['content-length'], String(last - first + 1))
      t.ok(complete && body.equals(content.subarray(first, last + 1)), 'its bytes')
      const head = await ask({ range }, path, 'HEAD')
      t.same(
        [head.status, head.headers['content-range'], head.headers['content-length']],
        [206, headers['content-range'], headers['content-length']],
        'HEAD'
      )
    })
  }

  await t.test('beyond the end', async (t) => {
    for (const range of [`bytes=${SIZE}-`, `bytes=${SIZE}-${SIZE + 10}`, 'bytes=-0']) {
      const { status, headers, body } = await ask({ range })
      t.equal(status, 416, range)
      t.equal(headers['content-range'], `bytes */${SIZE}`)
      t.match(body.toString(), '<Code>InvalidRange</Code>')
    }
  })

  await t.test('what is no single range of bytes is answered whole', async (t) => {
    for (const range of ['bytes=0-1,5-6', 'bytes=7-3', 'pieces=0-1', 'bytes=x-y']) {
      const { status, headers, body } = await ask({ range })
      t.same([status, headers['content-range'], body.length], [200, undefined, SIZE], range)
    }
  })

  await t.test('one connection serves many ranges', async (t) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.teardown(() => { agent.destroy() })
    const reused: boolean[] = []
    for (let piece = 0; piece < 4; piece++) {
      const first = piece * 16_384
      const outgoing = request({
        agent, port: server.port, host: '127.0.0.1', path, headers: { range: `bytes=${first}-${first + 16_383}` }
      }).end()
      const [response] = await once(outgoing, 'response') as [IncomingMessage]
      const body = Buffer.concat(await response.toArray() as Buffer[])
      t.ok(body.equals(content.subarray(first, first + 16_384)))
      reused.push(outgoing.reusedSocket)
      await sleep(10)
    }
    t.same(reused, [false, true, true, true])
  })

  await t.test('Host does not matter', async (t) => {
    for (const host of [
      '127.0.0.1', 'localhost', `localhost:${server.port}`, 's3.example.net', 'evil.example:1', '[::1]'
    ]) {
      const answer = await rawRequest(
        server.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nRange: bytes=10-19\r\n\r\n`
      )
      t.equal(answer.status, 206, host)
      t.ok(answer.body.equals(content.subarray(10, 20)))
    }
    const { body } = await ask(
      {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        forwarded: 'host=evil.example'
      },
      torrentUrl(server, key).slice(server.url.length)
    )
    t.ok(body.equals(torrent), 'nor does it get into a torrent')
  })

  await t.test('nor how the path is escaped', async (t) => {
    const spellings = {
      'lower-case escapes, as libtorrent writes them': path.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
      "Transmission's: all but A-Za-z0-9,-./": decodeURIComponent(
        path.replace(/%2F/g, '\u0001')
      ).replace(/[^A-Za-z0-9,\-./]/gu, (character) =>
        character === '\u0001'
          ? '%2F'
          : [...Buffer.from(character)].map(
              (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
            ).join(
              ''
            )),
      'every letter of the key': path.replace(
        /(?<=^\/-\/seed\/[^/]*\/[^/]*\/.*)[A-Za-z0-9](?<!%.|%..)/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`
      ),
      "libtorrent's raw (~_!*)": path.replace(/%28/g, '(').replace(/%29/g, ')').replace(/%7E/g, '~')
    }
    for (const [who, spelling] of Object.entries(spellings)) {
      const { status, body } = await ask({ range: 'bytes=100-199' }, spelling)
      t.equal(status, 206, who, { spelling })
      t.ok(body.equals(content.subarray(100, 200)))
    }
    t.equal(new Set(Object.values(spellings)).size, 4, 'they differ')
    t.match(spellings["Transmission's: all but A-Za-z0-9,-./"], '%5F')
  })

  await t.test('what is not this version of this object is not there', async (t) => {
    const [, , , pin = '', bucket = '', ...rest] = path.split('/')
    const escaped = rest.join('/')
    const etag = Buffer.from(pin, 'base64url').toString()
    const others = [
      '"00000000000000000000000000000000"', '*', `"0", ${etag}`, etag.replaceAll('"', ''), `W/${etag}`, `${etag}\0`,
      `${etag}\r\nRange: bytes=0-9`
    ]
    for (const target of [
      ...others.map((other) => `/-/seed/${Buffer.from(other).toString('base64url')}/${bucket}/${escaped}`),
      `/-/seed/${pin.slice(0, -1)}/${bucket}/${escaped}`,
      `/-/seed/${pin}A/${bucket}/${escaped}`,
      `/-/seed/${pin}./${bucket}/${escaped}`,
      `/-/seed/${pin}.AAAA.AAAA/${bucket}/${escaped}`,
      `/-/seed//${bucket}/${escaped}`,
      `/-/seed/${pin}/${bucket}/${escaped}x`,
      `/-/seed/${pin}/${bucket}/`,
      `/-/seed/${pin}/${bucket}`,
      `/-/seed/${pin}/no-such-bucket-${BUCKET.slice(-8)}/${escaped}`,
      `/-/seed/${pin}`,
      '/-/seed',
      '/-/seed/',
      '/-/elsewhere'
    ]) {
      for (const method of ['GET', 'HEAD']) {
        const { status, headers, body } = await ask({}, target, method)
        const says = `${method} ${target.replace(pin, 'PIN').replace(escaped, 'KEY')}`
        t.same([status, headers['content-type']], [404, 'application/xml'], says)
        if (method === 'GET') t.match(body.toString(), '<Code>NoSuchKey</Code>')
      }
    }
  })

  await t.test('nor by another method', async (t) => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND']) {
      const { status, headers, body } = await ask({}, path, method)
      t.equal(status, 405, method)
      t.equal(headers.allow, 'GET, HEAD')
      t.match(body.toString(), '<Code>MethodNotAllowed</Code>')
    }
  })

  const refused = async (t: Test): Promise<void> => {
    for (const headers of [{}, { range: 'bytes=0-99' }]) {
      const { status, body } = await ask(headers)
      t.equal(status, 404)
      t.match(body.toString(), '<Code>NoSuchKey</Code>')
    }
    t.equal((await ask({}, path, 'HEAD')).status, 404)
  }

  await t.test('an object that changed', async (t) => {
    await store.put(key, contentAt(6, 0, SIZE))
    await refused(t)
    const { path: now } = await torrentOf(t, server, key)
    t.not(now, path, 'it has a seed path of its own')
    const { body } = await ask({ range: 'bytes=0-9' }, now)
    t.ok(body.equals(contentAt(6, 0, 10)), 'which serves it')
  })

  if (store.hasPrivate) {
    await t.test('an object that is not public any more', async (t) => {
      await store.put(key, content)
      const { path: reborn } = await torrentOf(t, server, key)
      t.equal((await ask({ range: 'bytes=0-9' }, reborn)).status, 206)
      await store.put(key, content, { readable: false })
      t.equal((await ask({ range: 'bytes=0-9' }, reborn)).status, 404)
      t.equal((await ask({}, reborn, 'HEAD')).status, 404)
    })
  }

  await t.test('an object that was deleted', async (t) => {
    await store.remove(key)
    await refused(t)
  })
}

t.test('--anonymous deny: no seed path answers, and no torrent names one', async (t) => {
  const store = await directoryStore(t)
  await store.put(FILE_KEY, contentAt(1, 0, 1000))
  const open = await startServer(t, { args: store.args })
  const { path } = await torrentOf(t, open, FILE_KEY)
  const closed = await startServer(t, { args: [...store.args, '--anonymous', 'deny'] })
  t.equal((await httpGet(closed.url + path)).status, 404)
  const published = await startServer(t, {
    args: [...store.args, '--anonymous', 'deny', '--public', `${BUCKET}/films_2024/`]
  })
  t.equal((await httpGet(published.url + path)).status, 200)
})

t.test('an object of no bytes is answered whole, whatever the range', async (t) => {
  const { origin, args } = await faultyStore(t)
  const { etag } = origin.put(BUCKET, 'empty', { body: Buffer.alloc(0), public: true })
  const server = await startServer(t, { args })
  for (const range of [undefined, 'bytes=0-0', 'bytes=0-16383']) {
    const { status, headers, complete } = await httpGet(
      `${server.url}/-/seed/${Buffer.from(etag).toString('base64url')}/${BUCKET}/empty`,
      { headers: range ? { range } : {} }
    )
    t.same([status, headers['content-length'], complete], [200, '0', true], range ?? 'no range')
  }
})

t.test('an origin that fails is asked again, and no client sees it', async (t) => {
  const { origin, args } = await faultyStore(t)
  const content = contentAt(2, 0, SIZE)
  const server = await startServer(t, { args })
  /** The web seed of an object of its own, which is asked for while the origin does this to it. */
  const seedOf = (key: string, faults: Faults): { path: string, object: FaultyObject } => {
    const object = origin.put(BUCKET, key, { body: content, public: true, faults })
    return { object, path: `/-/seed/${Buffer.from(object.etag).toString('base64url')}/${BUCKET}/${key}` }
  }
  const ask = (path: string, method = 'GET', range = 'bytes=2000005-2000014') =>
    rawRequest(server.port, `${method} ${path} HTTP/1.1\r\nHost: a\r\nRange: ${range}\r\nConnection: close\r\n\r\n`, {
      timeoutMs: 40_000
    })

  const RECOVERED: Record<string, Faults> = {
    'a refusal': { statusBurst: { status: 503, count: 1 } },
    'refusals of two of three': { refusedTurns: { status: 500, turns: 'RRA', next: 0 } },
    'a body that stalls': { stallAfter: 300_000, times: 1 },
    'bodies that break off, all of them': { cutAfter: 100_000 },
    'bodies that are short by a byte, ten times': { shortBody: { by: 1, framing: 'close' }, times: 10 }
  }
  const LOST: Record<string, Faults> = {
    'status 500': { statusBurst: { status: 500, count: 1e9 } },
    'status 503': { statusBurst: { status: 503, count: 1e9 } },
    'status 429': { statusBurst: { status: 429, count: 1e9 } },
    'another part than the asked one': { wrongContentRange: true },
    'the whole object for a range': { ignoreRange: true },
    'a redirect': { redirectTo: { status: 301, location: 'http://127.0.0.1:1/' } },
    'something that is not S3': { errorBody: { status: 502, body: '<html>Bad Gateway</html>' } }
  }
  await Promise.all([
    ...Object.entries(RECOVERED).map(async ([what, faults], i) => {
      const { path } = seedOf(`recovered-${i}`, faults)
      const { status, body, complete } = await httpGet(server.url + path, { timeoutMs: 60_000 })
      t.same([status, complete], [200, true], what)
      t.ok(body.equals(content), `${what}: byte for byte`)
    }),
    ...Object.entries(LOST).map(async ([what, faults], i) => {
      const { path, object } = seedOf(`lost-${i}`, faults)
      const answers = await Promise.all(
        [ask(path), ...'ignoreRange' in faults || 'wrongContentRange' in faults ? [] : [ask(path, 'HEAD')]]
      )
      for (const { raw, closed } of answers) {
        t.same([raw.toString(), closed], ['', true], `${what}: not a byte, and the connection is broken`)
      }
      Object.assign(object.faults, {
        statusBurst: undefined,
        wrongContentRange: undefined,
        ignoreRange: undefined,
        redirectTo: undefined,
        errorBody: undefined
      })
      t.equal((await ask(path)).status, 206, `${what}: it serves again once the origin does`)
    }),
    (async () => {
      const { path, object } = seedOf('broken-for-good', { bytesPerSecond: 500_000 })
      const asking = httpGet(server.url + path, { timeoutMs: 60_000 })
      await until('half of it is sent', () => object.bytesSent >= SIZE / 2)
      object.faults.statusBurst = { status: 500, count: 1e9 }
      object.faults.cutAfter = 0
      const { status, body, complete } = await asking
      t.same([status, complete], [200, false], 'an answer under way is broken off')
      t.ok(
        body.length > 0 && body.length < SIZE && body.equals(content.subarray(0, body.length)),
        `after ${body.length} right bytes`
      )
    })(),
    (async () => {
      const { path, object } = seedOf('changed', { bytesPerSecond: 1_000_000 })
      const asking = httpGet(server.url + path, { timeoutMs: 60_000 })
      await until('it is sent', () => object.bytesSent >= 300_000)
      object.faults.bytesPerSecond = 4_000_000
      const changed = origin.put(BUCKET, 'changed', { body: contentAt(8, 0, SIZE), public: true })
      const { status, body, complete } = await asking
      t.same([status, complete], [200, false], 'an answer of an object that changes is broken off')
      t.ok(body.equals(content.subarray(0, body.length)), 'the old bytes alone')
      t.equal(changed.bytesSent, 0)
    })()
  ])

  await t.test('nobody listens there, for a while', async (t) => {
    const { path } = seedOf('down', {})
    const { port } = origin
    await origin.close()
    const asking = ask(path)
    await sleep(3_000)
    await origin.listen(port)
    t.equal((await asking).status, 206)
  })
})

t.test('a client is not told of an outage that ends', async (t) => {
  if (!need(t, 'python-libtorrent', 'aria2c')) return
  for (const client of [libtorrent, aria2]) {
    await t.test(client.name, async (t) => {
      const { origin, args } = await faultyStore(t)
      const content = contentAt(9, 0, SIZE)
      origin.put(BUCKET, PLAIN_KEY, { body: content, public: true })
      const server = await startServer(t, { args })
      const { torrent, name } = await torrentOf(t, server, PLAIN_KEY)
      const folder = t.testdir({ 'given.torrent': torrent, out: {} })
      // Six requests are two answers of the SDK's three attempts each.
      origin.faults.statusBurst = { status: 500, count: 6 }
      const file = join(folder, 'given.torrent')
      const { ok, output } = await client.download(file, { dir: join(folder, 'out'), seconds: 40 })
      t.equal(origin.faults.statusBurst.count, 0, 'the outage was met')
      t.ok(ok, 'it has everything', { output })
      t.ok(readFileSync(join(folder, 'out', name)).equals(content), 'byte for byte')
    })
  }
})

t.test('once the object has changed, a client with the old torrent wastes a piece at most', async (t) => {
  if (!need(t, 'python-libtorrent', 'aria2c')) return
  const pieceLength = 262_144
  const setUp = async (t: Test, pieces = 32) => {
    const size = pieces * pieceLength
    const { origin, args } = await faultyStore(t)
    const object = origin.put(BUCKET, PLAIN_KEY, { size, seed: 1, public: true })
    const server = await startServer(t, { args: [...args, '--piece-length', String(pieceLength)] })
    const { torrent } = await torrentOf(t, server, PLAIN_KEY)
    const folder = t.testdir({ 'given.torrent': torrent, out: {} })
    return { origin, object, size, server, file: join(folder, 'given.torrent'), dir: join(folder, 'out') }
  }

  for (const client of [libtorrent, aria2]) {
    await t.test(`${client.name}, before it has begun`, async (t) => {
      const { origin, size, server, file, dir } = await setUp(t)
      const changed = origin.put(BUCKET, PLAIN_KEY, { size, seed: 2, public: true })
      const { ok } = client === aria2
        ? await aria2.download(file, { dir, seconds: 20, args: ['--bt-stop-timeout=8'] })
        : await client.download(file, { dir, seconds: 8 })
      t.notOk(ok, 'it cannot have everything')
      t.equal(changed.bytesSent, 0, 'not a byte of the new object was read for it')
      await sleep(100)
      const answers = seedAnswers(server, PLAIN_KEY)
      t.ok(answers.length > 0 && answers.every(({ status }) => status === 404), 'it was refused', { answers })
      t.ok(answers.length < 10, 'and does not ask for ever')
    })
  }

  await t.test('libtorrent, while it downloads', async (t) => {
    // It asks for 16 MiB at a time: the answer under way may end with the old bytes, the next one must not come.
    const { origin, object, size, file, dir } = await setUp(t, 160)
    origin.faults.bytesPerSecond = 12_000_000
    let changed: { bytesSent: number } | undefined
    const watch = setInterval(() => {
      if (changed === undefined && object.bytesSent > size + 8 * pieceLength) {
        changed = origin.put(BUCKET, PLAIN_KEY, { size, seed: 2, public: true })
      }
    }, 10)
    t.teardown(() => { clearInterval(watch) })
    const { ok, received, bytes } = await libtorrent.download(file, { dir, seconds: 10 })
    t.notOk(ok, 'it cannot have everything')
    t.ok(bytes > pieceLength, `it has ${bytes} bytes of the old object`)
    t.equal(changed?.bytesSent, 0, 'not a byte of the new object was read for it')
    t.ok(received - bytes <= pieceLength, `${received - bytes} bytes were for nothing`)
  })
})
