import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { aria2 } from '../support/bittorrent/aria2.js'
import { awsEnv } from '../support/clean-env.js'
import { runClient } from '../support/clients.js'
import { contentAt, contentStream } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import type { FaultyObject } from '../support/faulty-object.js'
import type { FaultyOrigin, SeenRequest } from '../support/faulty-origin.js'
import { CLIENT_PATIENCE_MS, httpGet } from '../support/http-get.js'
import { rssOf } from '../support/memory.js'
import { parsed, pieceHashesOf } from '../support/pieces.js'
import { need, programPath } from '../support/programs.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { until } from '../support/until.js'

const MB = 1_000_000
const MIB = 1 << 20
// A third of what clients allow (60 s); the server means to send a byte every three seconds, and the machine may be
// busy.
const LONG_MS = 150_000

// They wait for slow origins, the slowest first, more than for the processor.
t.jobs = 6

interface Running {
  readonly origin: FaultyOrigin
  readonly object: FaultyObject
  readonly server: Server
  /** Of the torrent. */
  readonly url: string
}

let started: Promise<unknown> = Promise.resolve()

/** One at a time: the limit on a start is for a server alone. */
function startInTurn (t: Test, args: string[]): Promise<Server> {
  const server = started.then(() => startServer(t, { args }))
  started = server.catch(() => {})
  return server
}

async function running (
  t: Test, { size, seed = 1, args = [] }: { size: number, seed?: number, args?: string[] }
): Promise<Running> {
  const origin = await startFaultyOrigin(t)
  const object = origin.put('media', 'film.bin', { size, seed, public: true })
  const server = await startInTurn(t, ['--origin', origin.endpoint, ...args])
  return { origin, object, server, url: `${server.url}/media/film.bin?torrent` }
}

/** The read of the object's bytes that the origin answers, once it is there. */
async function readAt (origin: FaultyOrigin, key = 'film.bin'): Promise<SeenRequest> {
  return until('the object is read', () => origin.requests.find(
    ({ method, url }) => method === 'GET' && url.includes(key)
  ))
}

function seedPath ({ etag }: FaultyObject, path: string): string {
  return `/-/seed/${Buffer.from(etag).toString('base64url')}${path}`
}

t.test('aria2, which gives up after a minute without a byte, waits 75 s for a torrent and then downloads',
  async (t) => {
    if (!need(t, 'aria2c')) return
    const { origin, server, url } = await running(t, { size: 15 * MB, args: ['--piece-length', '16777216'] })
    origin.faults.bytesPerSecond = MB / 5
    const torrentDone = readAt(origin).then(async (read) => {
      await until('the read has ended', () => read.endedAt !== undefined, LONG_MS)
      origin.faults.bytesPerSecond = undefined
      return (read.endedAt ?? NaN) - read.startedAt
    })
    const dir = t.testdir({})
    const { ok, output } = await aria2.download(url, { dir, seconds: LONG_MS / 1000 })
    const seconds = await torrentDone / 1000
    t.comment(`the torrent took ${seconds.toFixed(1)} s`)
    t.ok(seconds > 65, `the torrent took ${seconds.toFixed(1)} s`)
    t.ok(ok, 'aria2 has the object', { output })
    t.equal(server.stderr().match(/"GetObjectTorrent"/g)?.length, 1, 'it asked for the torrent once')
    t.ok(readFileSync(join(dir, 'film.bin')).equals(contentAt(1, 0, 15 * MB)), 'byte for byte')
  })

for (const { name, size, bytesPerSecond, args, pieceLength, silence } of [
  {
    name: 'its only digest after 60 s',
    size: 12 * MB,
    bytesPerSecond: MB / 5,
    args: ['--piece-length', '16777216'],
    pieceLength: 16 * MIB,
    silence: 60_000
  },
  {
    name: 'a digest every 16 s',
    size: 40 * MB,
    bytesPerSecond: MB,
    args: ['--piece-length', '16777216'],
    pieceLength: 16 * MIB,
    silence: 16_000
  },
  { name: '12 MB at 1 MB/s', size: 12_345_678, bytesPerSecond: MB, args: [], pieceLength: 16_384, silence: 0 }
]) {
  t.test(`bytes come all the while: ${name}`, async (t) => {
    const { origin, object, url } = await running(t, { size, args })
    origin.faults.bytesPerSecond = bytesPerSecond
    const chunks: Buffer[] = []
    let sentAtFirst: number | undefined
    const { status, headers, complete } = await httpGet(url, {
      timeoutMs: LONG_MS,
      patienceMs: CLIENT_PATIENCE_MS,
      onChunk: (chunk) => {
        sentAtFirst ??= object.bytesSent
        chunks.push(chunk)
      }
    })
    const torrent = Buffer.concat(chunks)
    t.same(
      [status, complete, headers['content-length'], headers['transfer-encoding']],
      [200, true, String(torrent.length), undefined],
      'a whole answer of the length that was announced'
    )
    t.ok(
      sentAtFirst !== undefined && sentAtFirst < size / 5,
      `${sentAtFirst} of ${size} bytes were read when the first came`
    )
    const singles = chunks.filter((chunk) => chunk.length === 1).length
    t.ok(singles >= silence / 4_000, `${singles} single bytes while the origin was silent`)
    const { pieces, length, ...rest } = await parsed(torrent)
    t.same([length, rest.pieceLength], [size, pieceLength], 'the object')
    t.same(
      pieces, (await pieceHashesOf(contentStream(1, size), pieceLength)).map((hash) => hash.toString('hex')),
      'its hashes'
    )
  })
}

/**
 * An object of which every answer ends as it is told after `bytes` bytes, and from then on every one before its first
 * byte.
 */
function endingFor (origin: FaultyOrigin, key: string, end: 'stallAfter' | 'cutAfter', bytes: number): FaultyObject {
  const good = { size: 8 * MB, seed: 1, public: true }
  return origin.put('media', key, {
    ...good, faults: { [end]: bytes }, replaceAfter: { bytes, with: { ...good, faults: { [end]: 0 } } }
  })
}

t.test('an origin that falls silent for good: the answer is broken off', async (t) => {
  const { origin, server } = await running(t, { size: 1 })
  t.jobs = 2
  // The object's one read has a limit of 15 s; a torrent's are tried again for as long as clients wait for a byte.
  for (const [what, query] of [
    ['torrent', '?torrent'], ['object', '']
  ] as const) {
    t.test(what, async (t) => {
      const path = `/media/${what}.bin`
      endingFor(origin, `${what}.bin`, 'stallAfter', 3 * MB)
      const { status, headers, complete, body } = await httpGet(server.url + path + query, { timeoutMs: LONG_MS })
      t.same([status, complete], [200, false])
      t.ok(
        body.length > 0 && body.length < Number(headers['content-length']),
        `${body.length} of ${headers['content-length']} bytes came`
      )
      const reads = origin.requests.filter(({ method, url }) => method === 'GET' && url.includes(path))
      t.ok(what === 'torrent' ? reads.length > 2 : reads.length === 1, `${reads.length} reads`)
      await until("the origin's connections are closed", () => reads.every(({ endedAt }) => endedAt !== undefined))
      t.match(server.stderr(), /no byte from the origin for 15 s/, 'the log says why')
    })
  }
})

const CUT_AT = 8 * MB * 0.6
const FILM_HASHES = pieceHashesOf(contentStream(1, 8 * MB), 16_384).then(
  (hashes) => hashes.map((hash) => hash.toString('hex'))
)
const BOTO3_SCRIPT = [
  'import boto3, botocore, sys',
  "client = boto3.client('s3', endpoint_url=sys.argv[1], " +
  'config=botocore.config.Config(signature_version=botocore.UNSIGNED))',
  "body = client.get_object_torrent(Bucket='media', Key=sys.argv[2])['Body'].read()",
  "open('film.torrent', 'wb').write(body)"
].join('\n')

t.test('an origin that breaks every read off at 60 %: the rest is read, and the answer is whole', async (t) => {
  const { object, server, url } = await running(t, { size: 8 * MB })
  object.faults.cutAfter = CUT_AT
  const { status, body, complete } = await httpGet(url)
  t.same([status, complete], [200, true])
  t.same((await parsed(body)).pieces, await FILM_HASHES, 'and right')
  t.ok(object.bytesSent <= 8 * MB + 16_384, `${object.bytesSent} bytes were sent: less than a piece twice`)
  t.notMatch(server.stderr(), /"level":50/, 'no error is logged')
})

t.test('an origin that breaks off at 60 %, and every read after that', async (t) => {
  const { origin, server } = await running(t, { size: 1 })
  const urlOf = (client: string): string => {
    endingFor(origin, `${client}.bin`, 'cutAfter', CUT_AT)
    return `${server.url}/media/${client}.bin?torrent`
  }

  t.jobs = 5

  t.test('breaks the answer off', async (t) => {
    const { status, headers, body, complete } = await httpGet(urlOf('node'), { timeoutMs: LONG_MS })
    const length = Number(headers['content-length'])
    t.equal(status, 200)
    t.notOk(complete, 'the connection was broken')
    t.ok(body.length > 300 && body.length < length, `${body.length} of ${length} bytes came`)
    await t.rejects(parsed(body), 'which is no torrent')
  })

  t.test('curl', async (t) => {
    if (!need(t, 'curl')) return
    const dir = t.testdir({})
    const { code, output } = await runClient(programPath('curl'), ['-sS', '-fo', 'film.torrent', urlOf('curl')], {
      seconds: LONG_MS / 1000, cwd: dir
    })
    t.equal(code, 18, 'a partial file', { output })
  })

  for (const [client, program, args, env] of [
    [
      'aws',
      'aws',
      [
        's3api', 'get-object-torrent', '--no-sign-request', '--endpoint-url', server.url, '--bucket', 'media', '--key',
        'aws.bin', 'film.torrent'
      ],
      { AWS_MAX_ATTEMPTS: '2' }
    ],
    ['boto3', 'python-boto3', ['-W', 'ignore', '-c', BOTO3_SCRIPT, server.url, 'boto3.bin'], {}]
  ] as const) {
    t.test(client, async (t) => {
      if (!need(t, program)) return
      const dir = t.testdir({})
      urlOf(client)
      const { code, output } = await runClient(programPath(program), [...args], {
        seconds: LONG_MS / 1000, cwd: dir, env: { ...awsEnv(), ...env }
      })
      t.not(code, 0, 'it fails', { output })
      t.match(
        output, /IncompleteRead|ResponseStreaming|Connection broken|Connection was closed/i, 'for what came was short'
      )
      await noTorrentIn(t, dir)
    })
  }

  t.test('aria2', async (t) => {
    if (!need(t, 'aria2c')) return
    const dir = t.testdir({})
    const { ok, output } = await aria2.download(urlOf('aria2'), {
      dir, seconds: LONG_MS / 1000, args: ['--max-tries=3', '--retry-wait=1']
    })
    t.notOk(ok, 'it fails', { output })
    await noTorrentIn(t, dir)
    t.notOk((await readdir(dir)).includes('aria2.bin'), 'and nothing has the name of the object')
  })
})

async function noTorrentIn (t: Test, dir: string): Promise<void> {
  for (const file of await readdir(dir)) {
    await t.rejects(parsed(await readFile(join(dir, file))), `${file} is no torrent`)
  }
}

t.test('a client that leaves, where hashing does not go on for it: the origin is read no further', async (t) => {
  const { origin, server } = await running(t, { size: 1, args: ['--job-grace', '0'] })
  for (const what of ['torrent', 'object', 'seed'] as const) {
    t.test(what, async (t) => {
      const path = `/media/${what}.bin`
      const object = origin.put('media', `${what}.bin`, {
        size: 100 * MB, public: true, faults: { bytesPerSecond: 2 * MB }
      })
      const leave = new AbortController()
      const asked = httpGet(
        server.url + { torrent: `${path}?torrent`, object: path, seed: seedPath(object, path) }[what],
        { signal: leave.signal, timeoutMs: 60_000 }
      )
      const underWay = (): boolean => origin.requests.some(
        ({ method, url, endedAt }) => method === 'GET' && url.startsWith(path) && endedAt === undefined
      )
      await until('it is read', () => object.bytesSent > 2 * MB && underWay())
      leave.abort()
      await asked
      await until("the origin's connections are closed", () => !underWay())
      const { bytesSent } = object
      t.equal((await httpGet(server.url + '/media/no-such-key')).status, 403, 'the server is well')
      t.equal(object.bytesSent, bytesSent, 'not a byte more')
    })
  }
})

t.test('a client that reads slowly: so does the server', async (t) => {
  const { origin, server } = await running(t, { size: 1 })
  for (const what of ['object', 'seed'] as const) {
    t.test(what, async (t) => {
      const object = origin.put('media', `${what}.bin`, { size: 400 * MB, public: true })
      const path = what === 'seed' ? seedPath(object, '/media/seed.bin') : '/media/object.bin'
      await httpGet(server.url + path, { headers: { range: 'bytes=0-99' } })
      const before = rssOf(server)
      const clients = Array.from({ length: 4 }, () => {
        const socket = connect({ port: server.port, host: '127.0.0.1' })
        t.teardown(() => { socket.destroy() })
        socket.on('error', () => {})
        socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
        return socket.pause()
      })
      let standing = 0
      let since = performance.now()
      await until('the origin stands still', () => {
        if (object.bytesSent !== standing) since = performance.now()
        standing = object.bytesSent
        return standing > MB && performance.now() - since > 3_000
      })
      t.ok(standing < clients.length * 24 * MB, `having sent ${standing} bytes`)
      const grown = rssOf(server) - before
      t.comment(
        `${what}: ${clients.length} clients that read nothing: ${standing} bytes read, ${grown} bytes of memory`
      )
      t.ok(grown < 100 * MB, `the server has grown by ${grown} bytes`)
      for (const socket of clients) socket.resume()
      await until('it goes on as they do', () => object.bytesSent > standing + 100 * MB)
    })
  }
})
