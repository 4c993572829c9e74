import {
  CompleteMultipartUploadCommand, CreateBucketCommand, CreateMultipartUploadCommand, GetObjectCommand,
  GetObjectTorrentCommand, PutBucketVersioningCommand, PutObjectCommand, UploadPartCommand
} from '@aws-sdk/client-s3'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { signWithBotocore } from '../support/botocore.js'
import { runCommand } from '../support/command.js'
import { contentAt } from '../support/content.js'
import { outcomeOf } from '../support/hashing.js'
import { httpGet } from '../support/http-get.js'
import type { HttpResponse } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import type { KeyPair } from '../support/key-pair.js'
import { ODD_KEYS } from '../support/odd-keys.js'
import { parsed, pieceHashesOf } from '../support/pieces.js'
import { need } from '../support/programs.js'
import { s3Client } from '../support/s3-client.js'
import { presignedBySdk } from '../support/sdk-sign.js'
import { startServer } from '../support/server.js'
import { fauxqs, s3rver } from '../support/stores/npm-stores.js'
import type { RunningStore, StoreUnderTest } from '../support/stores/store.js'
import { swift } from '../support/stores/swift.js'

const BUCKET = 'media'
const PART = 6_000_000
const codeOf = ({ body }: HttpResponse): string | undefined => /<Code>(\w+)<\/Code>/.exec(body.toString())?.[1]
const escaped = (key: string): string => [...Buffer.from(key)].map(
  (byte) => byte === 0x2f ? '/' : `%${byte.toString(16).padStart(2, '0')}`
).join('')

t.jobs = 3
for (const store of [swift, s3rver, fauxqs]) {
  t.test(store.name, { buffered: true }, async (t) => {
    if (!need(t, 'python-boto3')) return
    const running = await store.start(t)
    if (running !== undefined) await asS3(t, store, running)
  })
}

/** That everything works in front of it as in front of S3, but for what it is known not to do. */
async function asS3 (t: Test, store: StoreUnderTest, { endpoint, keyPair }: RunningStore): Promise<void> {
  const cwd = t.testdir({})
  const credentials = join(cwd, 'clients')
  const unknown = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'unknown' }
  writeFileSync(credentials, credentialsText({ client: keyPair, unknown }))
  const env = { AWS_ACCESS_KEY_ID: keyPair.accessKeyId, AWS_SECRET_ACCESS_KEY: keyPair.secretAccessKey }
  const server = await startServer(t, {
    args: [
      '--origin', endpoint, '--credentials-file', credentials, '--public', `${BUCKET}/open/`, '--data-dir',
      join(cwd, 'data')
    ],
    env
  })
  const atStore = s3Client(t, { endpoint, keyPair })
  const client = s3Client(t, { endpoint: server.url, keyPair })
  await atStore.send(new CreateBucketCommand({ Bucket: BUCKET }))
  const put = (Key: string, Body: Buffer): Promise<unknown> => atStore.send(new PutObjectCommand({
    Bucket: BUCKET, Key, Body
  }))
  const torrentOf = async (Key: string, VersionId?: string): Promise<Buffer> => {
    const { Body } = await client.send(new GetObjectTorrentCommand({
      Bucket: BUCKET, Key, ...VersionId !== undefined && { VersionId }
    }))
    return Buffer.from(await Body?.transformToByteArray() ?? [])
  }
  const signed = async (path: string, { query = {}, method = 'GET', headers = {}, as = keyPair }: {
    query?: Record<string, string>
    method?: string
    headers?: Record<string, string>
    as?: KeyPair
  } = {}): Promise<HttpResponse> => {
    const presigned = await presignedBySdk(`${server.url}/${path}`, as, { query, method, headers })
    return httpGet(presigned.url, { method, headers })
  }
  const TORRENT = { query: { torrent: '' } }
  const isOf = async (t: Test, torrent: Buffer, name: string, content: Buffer): Promise<void> => {
    const view = await parsed(torrent)
    t.strictSame([view.name, view.length], [name, content.length], `${name}: name and size`)
    t.equal(
      view.pieces.join(),
      (await pieceHashesOf(content, view.pieceLength ?? 0)).map((hash) => hash.toString('hex')).join(),
      `${name}: every piece is the hash of its bytes`
    )
  }

  /** Whether the store takes an object; who writes in place answers before it is there. */
  const keeps = async (Key: string, Body: Buffer): Promise<boolean> => {
    await put(Key, Body).catch(() => {})
    for (let tries = store.writesInPlace ? 20 : 1; tries > 0; tries--) {
      const kept = await atStore.send(new GetObjectCommand({ Bucket: BUCKET, Key })).catch(() => undefined)
      if (Body.equals(await kept?.Body?.transformToByteArray() ?? Buffer.alloc(0))) return true
      if (tries > 1) await sleep(100)
    }
    return false
  }

  const content = contentAt(3, 0, 3_000_000)
  await put('films/film.bin', content)

  t.test('torrents of every size', async (t) => {
    for (const size of [1, 16_384]) {
      await put(`films/${size}`, contentAt(size, 0, size))
      await isOf(t, await torrentOf(`films/${size}`), String(size), contentAt(size, 0, size))
    }
    await isOf(t, await torrentOf('films/film.bin'), 'film.bin', content)
    const Key = 'films/multipart.bin'
    const whole = contentAt(20, 0, 20_000_000)
    const { UploadId } = await atStore.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }))
    const Parts: Array<{ ETag: string | undefined, PartNumber: number }> = []
    for (let at = 0; at < whole.length; at += PART) {
      const PartNumber = Parts.length + 1
      const { ETag } = await atStore.send(new UploadPartCommand({
        Bucket: BUCKET, Key, UploadId, PartNumber, Body: whole.subarray(at, at + PART)
      }))
      Parts.push({ ETag, PartNumber })
    }
    await atStore.send(new CompleteMultipartUploadCommand({
      Bucket: BUCKET, Key, UploadId, MultipartUpload: { Parts }
    }))
    await isOf(t, await torrentOf(Key), 'multipart.bin', whole)
  })

  t.test('an object of zero bytes', async (t) => {
    await put('empty', Buffer.alloc(0))
    const refused = await signed(`${BUCKET}/empty`, TORRENT)
    t.strictSame([refused.status, codeOf(refused)], [400, 'InvalidRequest'])
    const { status, body } = await signed(`${BUCKET}/empty`)
    t.strictSame([status, body.length], [200, 0])
  })

  t.test('every signature, HEAD, and a magnet link', async (t) => {
    const torrent = await torrentOf('films/film.bin')
    const url = `${server.url}/${BUCKET}/films/film.bin?torrent`
    const asks = (['v4', 'v4-presign', 'v2', 'v2-presign'] as const).flatMap((scheme) => [
      { scheme, url, ...keyPair }, { scheme, url, method: 'HEAD', ...keyPair }, {
        scheme, url, ...keyPair, secretAccessKey: 'mistaken'
      }
    ])
    const answers = await Promise.all(signWithBotocore(asks).map(({ url, headers }, i) => httpGet(url, {
      headers, method: i % 3 === 1 ? 'HEAD' : 'GET'
    })))
    for (const [i, { scheme }] of asks.entries()) {
      const answer = answers[i]
      if (i % 3 === 0) t.ok(answer?.body.equals(torrent), `${scheme}: ${answer?.status}`)
      if (i % 3 === 1) {
        for (const name of ['content-length', 'etag', 'last-modified', 'content-type']) {
          t.equal(answer?.headers[name], answers[i - 1]?.headers[name], `${scheme}, HEAD: ${name}`)
        }
      }
      if (i % 3 === 2) {
        t.strictSame(
          [answer?.status, answer && codeOf(answer)], [403, 'SignatureDoesNotMatch'], `${scheme}: a wrong secret`
        )
      }
    }
    t.ok((await signed(`${BUCKET}/films/film.bin`, TORRENT)).body.equals(torrent), "presigned by AWS's SDK")
    const magnet = await signed(`${BUCKET}/films/film.bin`, { query: { torrent: '', magnet: '' } })
    t.match(magnet.body.toString(), `xt=urn:btih:${(await parsed(torrent)).infoHash}`)
  })

  t.test('objects: ranges and conditions', async (t) => {
    const path = `${BUCKET}/films/film.bin`
    const whole = await signed(path)
    t.ok(whole.body.equals(content))
    const etag = whole.headers.etag ?? ''
    t.match(etag, /^"[^"]+"$/)
    for (const [range, first, last] of [
      ['bytes=0-0', 0, 0], ['bytes=1000-1999', 1000, 1999], ['bytes=2999990-', 2_999_990, 2_999_999],
      ['bytes=-5', 2_999_995, 2_999_999]
    ] as const) {
      const { status, headers, body } = await signed(path, { headers: { range } })
      t.strictSame([status, headers['content-range']], [206, `bytes ${first}-${last}/3000000`], range)
      t.ok(body.equals(content.subarray(first, last + 1)), 'its bytes')
    }
    t.equal((await signed(path, { headers: { range: 'bytes=3000000-' } })).status, 416)
    for (const method of ['GET', 'HEAD']) {
      for (const [headers, status] of [
        [{ 'if-none-match': etag }, 304], [{ 'if-match': etag }, 200], [{ 'if-match': '"another"' }, 412]
      ] as const) {
        t.equal((await signed(path, { method, headers })).status, status, `${method} ${JSON.stringify(headers)}`)
      }
    }
  })

  t.test('what is not there, and who is not known', async (t) => {
    for (const [path, code] of [
      [`${BUCKET}/missing`, 'NoSuchKey'], ['missing-bucket/missing', 'NoSuchBucket']
    ] as const) {
      for (const options of [TORRENT, {}]) {
        const answer = await signed(path, options)
        t.strictSame([answer.status, codeOf(answer)], [404, code], `${path} ${JSON.stringify(options)}`)
      }
      t.equal((await signed(path, { ...TORRENT, method: 'HEAD' })).status, 404)
    }
    const stranger = await signed(`${BUCKET}/films/film.bin`, { ...TORRENT, as: unknown })
    if (store.unsigned) t.equal(stranger.status, 200, 'whom the store does not know')
    else {
      t.match(
        [stranger.status, codeOf(stranger)],
        [403, /^(InvalidAccessKeyId|AccessDenied|SignatureDoesNotMatch)$/],
        'whom the store does not know'
      )
    }
  })

  t.test('everybody', async (t) => {
    for (const path of ['films/film.bin?torrent', 'films/film.bin']) {
      const { status, body } = await httpGet(`${server.url}/${BUCKET}/${path}`)
      if (store.open) t.equal(status, 200, `${path}: the store reads it for everybody`)
      else t.strictSame([status, /<Code>(\w+)</.exec(body.toString())?.[1]], [403, 'AccessDenied'], path)
    }
    await put('open/film.bin', content)
    const { status, body } = await httpGet(`${server.url}/${BUCKET}/open/film.bin?torrent`)
    t.equal(status, 200, '--public')
    await isOf(t, body, 'film.bin', content)
    const [seed = ''] = (await parsed(body)).urlList
    const part = await httpGet(seed, { headers: { range: 'bytes=16384-32767' } })
    t.equal(part.status, 206)
    t.ok(part.body.equals(content.subarray(16_384, 32_768)), 'and its web seed')
    await put('open/film.bin', contentAt(4, 0, 3_000_000))
    t.equal((await httpGet(seed)).status, 404, 'of what was hashed only')
    await isOf(
      t, (await httpGet(`${server.url}/${BUCKET}/open/film.bin?torrent`)).body, 'film.bin', contentAt(4, 0, 3_000_000)
    )
  })

  t.test('odd keys', async (t) => {
    const refused: string[] = []
    for (const [key, name] of ODD_KEYS) {
      const Body = Buffer.from(`the object of ${JSON.stringify(key)}`)
      if (!await keeps(key, Body)) {
        refused.push(key)
        continue
      }
      await isOf(t, await torrentOf(key), name, Body)
      t.ok((await signed(`${BUCKET}/${escaped(key)}`)).body.equals(Body), JSON.stringify(key))
    }
    t.strictSame(refused, [...store.refusedKeys], 'the store takes all others')
  })

  t.test('versions', async (t) => {
    if (!store.versions) {
      const { status } = await signed(`${BUCKET}/films/film.bin`, TORRENT)
      t.equal(status, 200, 'it has none')
      return
    }
    await atStore.send(new PutBucketVersioningCommand({
      Bucket: BUCKET, VersioningConfiguration: { Status: 'Enabled' }
    }))
    const contents = [contentAt(31, 0, 200_000), contentAt(32, 0, 200_000)]
    const ids: string[] = []
    for (const Body of contents) {
      ids.push(
        (await atStore.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'versioned.bin', Body }))).VersionId ?? ''
      )
    }
    for (const [i, id] of ids.entries()) {
      const { status, body } = await signed(`${BUCKET}/versioned.bin`, { query: { torrent: '', versionId: id } })
      t.equal(status, 200, id)
      await isOf(t, body, 'versioned.bin', contents[i] ?? Buffer.alloc(0))
    }
    await isOf(t, await torrentOf('versioned.bin'), 'versioned.bin', contents[1] ?? Buffer.alloc(0))
    await atStore.send(new PutBucketVersioningCommand({
      Bucket: BUCKET, VersioningConfiguration: { Status: 'Suspended' }
    }))
  })

  t.test('replaced while it is hashed', async (t) => {
    const size = 9_000_000 // fauxqs takes 11 MiB at once
    const versions = [{ seed: 41, size }, { seed: 42, size }]
    const outcomes: string[] = []
    for (let round = 0; round < 6; round++) {
      const [before, after] = round % 2 === 0 ? versions : [...versions].reverse()
      const Key = `replaced-${round}.bin`
      await put(Key, contentAt(before?.seed ?? 0, 0, size))
      const asked = signed(`${BUCKET}/${Key}`, TORRENT)
      await sleep(round * 4)
      await put(Key, contentAt(after?.seed ?? 0, 0, size))
      outcomes.push(await outcomeOf(await asked, ...before === undefined || after === undefined ? [] : [before, after]))
      t.equal(
        await outcomeOf(await signed(`${BUCKET}/${Key}`, TORRENT), after ?? {}), 'torrent of 0', 'and asked again'
      )
    }
    t.comment(outcomes.join())
    // Nothing tells us of a store that gives mixed bytes, or none yet, as the version that it had: the torrent asked
    // for meanwhile is of those.
    const right = [
      'torrent of 0', 'torrent of 1', 'status 503', 'broken off', ...store.writesInPlace ? ['WRONG', 'status 400'] : []
    ]
    t.strictSame(outcomes.filter((outcome) => !right.includes(outcome)), [])
  })

  t.test('commands', async (t) => {
    const at = ['--endpoint-url', endpoint]
    const warm = ['warm', `s3://${BUCKET}/films/`, ...at]
    const first = await runCommand(warm, { cwd, env: { ...env, OBJECT_TORRENT_DATA_DIR: 'warmed' } })
    t.match(first.stdout.toString(), /^4 objects, .*: 4 hashed, 0 kept already/, first.stderr)
    const second = await runCommand(warm, { cwd, env: { ...env, OBJECT_TORRENT_DATA_DIR: 'warmed' } })
    t.match(
      second.stdout.toString(), /^4 objects, .*: 0 hashed, 4 kept already/, 'its listing and its HEAD say one ETag'
    )
    const shared = await runCommand([...warm, '--data-dir', 'data'], { cwd, env })
    t.match(shared.stdout.toString(), /^4 objects, .*: 0 hashed, 4 kept already/, 'and so does what the server hashed')
    const made = await runCommand(
      ['create', `s3://${BUCKET}/films/film.bin`, ...at, '--output', 'film.torrent', '--json'], { cwd, env }
    )
    t.match(
      JSON.parse(made.stdout.toString()),
      { infoHash: (await parsed(await torrentOf('films/film.bin'))).infoHash },
      'create makes the torrent of the server'
    )
    const checked = await runCommand(['verify', 'film.torrent', `s3://${BUCKET}/films/film.bin`, ...at], { cwd, env })
    t.equal(checked.code, 0, checked.stderr)
    const other = await runCommand(['verify', 'film.torrent', `s3://${BUCKET}/films/16384`, ...at], { cwd, env })
    t.equal(other.code, 1, 'verify of another object')
  })
}
