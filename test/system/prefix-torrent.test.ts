import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReadableStream } from 'node:stream/web'
import t from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { contentAt } from '../support/content.js'
import type { ObjectOptions } from '../support/faulty-object.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import type { HttpRequest, HttpResponse } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import type { KeyPair } from '../support/key-pair.js'
import { createByLibtorrent, readTorrent } from '../support/libtorrent.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'
import type { Server } from '../support/server.js'
import { tempDir } from '../support/torrent-check.js'
import { until } from '../support/until.js'

const MIB = 1024 * 1024
const ALICE: KeyPair = { accessKeyId: 'AKIAALICE', secretAccessKey: 'alice-secret-alice-secret' }
const BOB: KeyPair = { accessKeyId: 'AKIABOB', secretAccessKey: 'bob-secret-bob-secret' }
const NONE = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }

const dir = tempDir(t)
const credentials = join(dir, 'credentials')
writeFileSync(credentials, credentialsText({ alice: ALICE, bob: BOB }))
const origin = await startFaultyOrigin(t)
const start = (name: string, ...args: string[]): Promise<Server> => startServer(t, {
  args: [
    '--origin', origin.endpoint, '--credentials-file', credentials, '--data-dir', join(dir, name),
    '--domain', 's3.test', '--log-level', 'warn', ...args
  ],
  env: NONE
})
const server = await start('usual')

let buckets = 0

/** A public bucket with these objects. */
function bucketOf (objects: Record<string, ObjectOptions>): string {
  const bucket = `set-${buckets++}`
  origin.bucket(bucket, { public: true, pageKeys: 7 })
  for (const [key, options] of Object.entries(objects)) origin.put(bucket, key, { public: true, ...options })
  return bucket
}

const ask = (
  bucket: string, query: string, { of = server, ...options }: HttpRequest & { of?: Server } = {}
): Promise<HttpResponse> => httpGet(`${of.url}/${bucket}?torrent&prefix=${query}`, options)

const codeOf = ({ status, body }: HttpResponse): string =>
  `${status} ${/<Code>(\w+)<\/Code>/.exec(body.toString())?.[1] ?? ''}`

/** Bytes of objects that were sent so far. */
const bytesSent = (): number => origin.requests.reduce(
  (sum, { url, bytesSent }) => sum + (url.includes('list-type=2') ? 0 : bytesSent), 0
)

/** Bytes of objects that were sent meanwhile. */
async function bytesReadBy (work: () => Promise<HttpResponse>): Promise<number> {
  const before = bytesSent()
  const { status, complete } = await work()
  if (status !== 200 || !complete) throw new Error(`${status}, ${complete ? 'whole' : 'broken off'}`)
  return bytesSent() - before
}

const SET: Record<string, ObjectOptions> = {
  'set/readme.txt': { size: 1_000, seed: 1 },
  'set/empty': { size: 0 },
  'set/folder/': { size: 0 },
  'set/a/film.bin': { size: 5 * MIB + 3, seed: 2 },
  'set/a/whole.bin': { size: 2 * MIB, seed: 3 },
  'set/a/same.bin': { size: 2 * MIB, seed: 3, etag: 'another' },
  'set/b/ü 1.txt': { size: 300_000, seed: 4 },
  'set/b/ü 2.txt': { size: 800_000, seed: 5 },
  'set/b/ü 3.txt': { size: 17, seed: 6 },
  'setting/elsewhere': { size: 99, seed: 7 }
}

t.test('what libtorrent itself makes of the same files, in every format', async (t) => {
  if (!need(t, 'python-libtorrent')) return
  const bucket = bucketOf(SET)
  for (const format of ['v1', 'hybrid', 'v2'] as const) {
    const { status, headers, body } = await ask(bucket, `set/&format=${format}`)
    t.equal(status, 200)
    t.equal(headers['content-length'], String(body.length), 'its length was known before anything was hashed')
    t.match(headers['content-disposition'], 'filename="set.torrent"')
    const view = await readTorrent(body)
    if ('error' in view) throw new Error(view.error)
    const isPad = (path: string): boolean => path.startsWith('set/.pad/')
    t.strictSame(view.files.map(({ path }) => path).filter((path) => !isPad(path)), [
      'set/a/film.bin', 'set/a/same.bin', 'set/a/whole.bin', 'set/b/ü 1.txt', 'set/b/ü 2.txt', 'set/b/ü 3.txt',
      'set/empty', 'set/readme.txt'
    ], 'in the order of the tree, without what stands for a folder')
    const folder = t.testdir({ set: { a: {}, b: {} } })
    for (const { path } of view.files.filter(({ path }) => !isPad(path))) {
      const { size = 0, seed = 0 } = SET[path] ?? {}
      writeFileSync(join(folder, path), contentAt(seed, 0, size))
    }
    const listed = view.files.map(({ path, size }) => ({ path, size, pad: isPad(path) }))
    const theirs = await createByLibtorrent(
      folder, view.pieceLength, format, format === 'v1' ? listed : listed.filter(({ pad }) => !pad)
    )
    t.strictSame([view.infoHash, view.infoHashV2], [theirs.infoHash, theirs.infoHashV2], `${format}: one swarm`)
    const head = await ask(bucket, `set/&format=${format}`, { method: 'HEAD' })
    t.strictSame(
      [head.status, head.headers.etag, head.headers['content-length']],
      [200, headers.etag, headers['content-length']]
    )
    const again = await ask(bucket, `set/&format=${format}`, { headers: { 'if-none-match': headers.etag } })
    t.equal(again.status, 304)
    const magnet = (await ask(bucket, `set/&format=${format}&magnet`)).body.toString()
    t.equal(magnet.includes(`urn:btih:${view.infoHash}`), format !== 'v2')
    t.equal(magnet.includes(`urn:btmh:1220${view.infoHashV2}`), format !== 'v1')
    t.match(magnet, encodeURIComponent(`${server.url}/${bucket}?torrent&prefix=set%2F`), 'and where the torrent is')
  }
})

t.test('two servers, and pages of other sizes, give the same bytes', async (t) => {
  const bucket = bucketOf(SET)
  const one = await ask(bucket, 'set/', { of: await start('one', '--public-url', 'http://torrent.example') })
  origin.bucket(bucket, { pageKeys: 2 })
  const two = await ask(bucket, 'set/', { of: await start('two', '--public-url', 'http://torrent.example') })
  t.equal(one.status, 200)
  t.ok(two.body.equals(one.body))
  t.equal(two.headers.etag, one.headers.etag)
})

t.test('the bucket in the host, and the whole bucket', async (t) => {
  const bucket = bucketOf({ 'x/y': { size: 10 }, z: { size: 20 } })
  const all = await ask(bucket, '')
  t.equal(all.status, 200)
  t.match(all.headers['content-disposition'], `filename="${bucket}.torrent"`)
  const hosted = await httpGet(`${server.url}/?torrent&prefix=`, { headers: { host: `${bucket}.s3.test` } })
  t.ok(hosted.body.equals(all.body))
})

t.test('one more object, or another version of one, costs that object', async (t) => {
  const size = 4 * MIB + 5
  const objects = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`set/${i}.bin`, { size, seed: i }]))
  const bucket = bucketOf(objects)
  const cut = await start('cut', '--piece-length', String(MIB))
  const torrent = (query = ''): Promise<HttpResponse> => ask(bucket, `set/${query}`, { of: cut })
  t.equal(await bytesReadBy(torrent), 12 * size)
  t.equal(await bytesReadBy(torrent), 0, 'it is kept')
  origin.put(bucket, 'set/5a.bin', { size: 3 * MIB + 1, seed: 50, public: true })
  t.equal(await bytesReadBy(torrent), 3 * MIB + 1, 'one more')
  origin.put(bucket, 'set/7.bin', { size: 2 * MIB + 7, seed: 70, public: true })
  t.equal(await bytesReadBy(torrent), 2 * MIB + 7, 'one replaced')
  origin.remove(bucket, 'set/3.bin')
  t.equal(await bytesReadBy(torrent), 0, 'one removed')
  origin.put(bucket, 'set/~last.bin', { size: 10, seed: 71, public: true })
  t.equal(await bytesReadBy(torrent), 10 + 5, 'one behind the last: that, and the last piece of the one before')
  t.ok(await bytesReadBy(() => torrent('&format=v2')) > 40 * MIB, 'version 2 has other hashes')
  const single = await bytesReadBy(() => httpGet(`${cut.url}/${bucket}/set/0.bin?torrent&format=v2`))
  t.equal(single, 0, 'that are known of each object')
})

t.test('small objects are packed, and one of them costs its pack', async (t) => {
  const size = 100_000
  const objects = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [
    `set/${String(i).padStart(3, '0')}.bin`, { size, seed: i % 5, etag: `${i}` }
  ]))
  const bucket = bucketOf(objects)
  const torrent = (): Promise<HttpResponse> => ask(bucket, 'set/')
  t.equal(await bytesReadBy(torrent), 300 * size)
  origin.put(bucket, 'set/150a.bin', { size, seed: 9, public: true })
  const again = await bytesReadBy(torrent)
  t.ok(again >= size && again < 150 * size, `${again} bytes of ${300 * size}`)
})

t.test('kill -9 at 70 %: the next run reads the rest', async (t) => {
  const size = 8 * MIB + 1
  const objects = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`set/${i}.bin`, { size, seed: i }]))
  const bucket = bucketOf(objects)
  const all = 40 * size
  origin.faults.bytesPerSecond = 60 * MIB
  const first = await start('killed')
  const before = bytesSent()
  const asking = ask(bucket, 'set/', { of: first })
  await until('70 % are sent', () => bytesSent() - before >= 0.7 * all)
  await first.stop('SIGKILL')
  t.equal((await asking).complete, false, 'the answer is short')
  origin.faults.bytesPerSecond = undefined
  const second = await start('killed')
  const part = await bytesReadBy(() => ask(bucket, 'set/', { of: second })) / all
  t.comment(`killed at 70 %: ${(part * 100).toFixed(1)} % read by the next run`)
  t.ok(part <= 0.4, `${part}`)
})

t.test('what is refused, and why', async (t) => {
  const bucket = bucketOf({ 'set/a': { size: 10 }, 'set/b': { size: 20 } })
  t.equal(codeOf(await httpGet(`${server.url}/${bucket}?torrent`)), '400 RequestTorrentOfBucketError')
  t.equal(codeOf(await ask(bucket, 'none/')), '404 NoSuchKey')
  t.equal(codeOf(await ask('no-such-bucket', 'set/')), '404 NoSuchBucket')
  t.equal(codeOf(await ask(bucket, 'set/&prefix=other/')), '400 InvalidArgument')
  t.equal(codeOf(await ask(bucket, 'set/&format=v3')), '400 InvalidArgument')
  t.equal(codeOf(await ask(bucket, 'set/&versionId=1')), '400 InvalidArgument')
  const few = await start('few', '--max-prefix-objects', '1')
  t.match((await ask(bucket, 'set/', { of: few })).body.toString(), /InvalidRequest.*more than 1 keys/s)
  const small = await start('small', '--max-prefix-size', '29')
  t.match((await ask(bucket, 'set/', { of: small })).body.toString(), /InvalidRequest.*more than 29 bytes/s)
  origin.put(bucket, 'set/c', { size: 6 * 1024 ** 3, public: true })
  origin.put(bucket, 'set/d', { size: 10, storageClass: 'GLACIER', public: true })
  const refused = await ask(bucket, 'set/')
  t.equal(codeOf(refused), '400 InvalidRequest')
  t.match(refused.body.toString(), /2 of the 4 objects.*first of all set\/c: .*5368709120.*<Key>set\/c</s)
  t.equal(codeOf(await ask(bucketOf({ 'set/a': { size: 0 } }), 'set/')), '400 InvalidRequest', 'no byte in any')
})

t.test('S44: READ of each object, at every request, whatever is kept', async (t) => {
  const bucket = bucketOf({ 'set/a': { size: 1_000, public: false }, 'set/b': { size: 2 * MIB, public: false } })
  origin.bucket(bucket, { public: false })
  const signed = async (keyPair: KeyPair): Promise<HttpResponse> => {
    const url = `${server.url}/${bucket}?torrent=&prefix=set%2F`
    const [request] = signWithBotocore([{ scheme: 'v4', url, ...keyPair }])
    return httpGet(url, { headers: request?.headers })
  }
  if (!need(t, 'python-boto3')) return
  const alice = await signed(ALICE)
  t.equal(alice.status, 200)
  t.notMatch(alice.body.toString('latin1'), '/-/seed/', 'a private torrent has no web seed')
  t.equal((await signed(BOB)).status, 200)
  t.equal(codeOf(await ask(bucket, 'set/')), '403 AccessDenied', 'nobody anonymous')
  origin.put(bucket, 'set/a', { size: 1_000, readers: [ALICE.accessKeyId] })
  t.equal((await signed(ALICE)).status, 200)
  t.equal(codeOf(await signed(BOB)), '403 AccessDenied', 'one object that bob may not READ')
  origin.put(bucket, 'set/a', { size: 1_000 })
  origin.bucket(bucket, { listers: [ALICE.accessKeyId] })
  t.equal(codeOf(await signed(BOB)), '403 AccessDenied', 'he may not list')
  t.equal((await signed(ALICE)).status, 200)
})

t.test('a listing that HEAD contradicts: once more, then SlowDown', async (t) => {
  const bucket = bucketOf({ 'set/a': { size: 10, listedEtag: '"old"' }, 'set/b': { size: 20 } })
  const listings = (): number => origin.requests.filter(
    ({ url }) => url.startsWith(`/${bucket}`) && url.includes('list-type=2')
  ).length
  t.equal(codeOf(await ask(bucket, 'set/')), '503 SlowDown')
  t.equal(listings(), 2, 'listed twice')
})

t.test('F22: an object of the middle is replaced, or goes, while all are hashed', async (t) => {
  const size = 6 * MIB
  for (const change of ['replaced', 'removed'] as const) {
    const bucket = bucketOf(Object.fromEntries(
      Array.from({ length: 16 }, (_, i) => [`set/${String(i).padStart(2, '0')}`, { size, seed: i }])
    ))
    origin.faults.bytesPerSecond = 40 * MIB
    const before = bytesSent()
    const asking = ask(bucket, 'set/')
    await until('some is sent', () => bytesSent() - before > 8 * MIB)
    if (change === 'replaced') origin.put(bucket, 'set/15', { size: size + 1, seed: 90, public: true })
    else origin.remove(bucket, 'set/15')
    origin.faults.bytesPerSecond = undefined
    t.equal((await asking).complete, false, `${change}: the answer is short`)
    const { status, complete, body } = await ask(bucket, 'set/')
    t.strictSame([status, complete], [200, true], 'and asked again')
    t.match(body.toString('latin1'), change === 'replaced' ? `6:lengthi${size + 1}e` : '2:14')
    t.equal(body.toString('latin1').includes('2:15'), change === 'replaced')
  }
})

t.test('the answer begins before the first byte of an object has come', async (t) => {
  const bucket = bucketOf({ 'set/a': { size: 3 * MIB, seed: 1, faults: { bytesPerSecond: 1 } }, 'set/b': { size: 10 } })
  const answer = await fetch(`${server.url}/${bucket}?torrent&prefix=set/`)
  t.equal(answer.status, 200)
  const first = await (answer.body as ReadableStream<Uint8Array>).getReader().read()
  t.ok((first.value?.length ?? 0) > 0, 'a byte has come')
})
