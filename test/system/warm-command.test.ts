import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PutObjectCommand, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import t from 'tap'
import { ceph } from '../support/ceph.js'
import { inTerminal, runCommand } from '../support/command.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { credentialsText } from '../support/key-pair.js'
import { need } from '../support/programs.js'
import { startServer } from '../support/server.js'

const MB = 1_000_000
const alice = { accessKeyId: 'AKIAALICE', secretAccessKey: 'secret' }
const signed = { AWS_ACCESS_KEY_ID: alice.accessKeyId, AWS_SECRET_ACCESS_KEY: alice.secretAccessKey }
const KEYS = ['films/a b.bin', 'films/c+d.bin', 'films/é/ü.bin', 'films/control\u0007.bin', 'films/plain.bin']
const pathOf = (key: string): string => key.split('/').map(encodeURIComponent).join('/')

t.test('alone, into the data directory of a server, which then has them', async (t) => {
  const origin = await startFaultyOrigin(t)
  const cwd = t.testdir({})
  const all = origin.bucket('media', { pageKeys: 2, public: true })
  for (const [i, key] of KEYS.entries()) origin.put('media', key, { size: 2 * MB + i, seed: i, public: true })
  origin.put('media', 'films/cold', { size: 10, storageClass: 'GLACIER' })
  origin.put('media', 'films/empty', { size: 0 })
  origin.put('media', 'films/large', { size: 3 * MB })
  origin.put('media', 'films/sse-c', {
    size: 10, sseC: { code: 'InvalidRequest', message: 'The object was stored using a form of Server Side Encryption.' }
  })
  origin.put('media', 'elsewhere', { size: 10 })
  const command = [
    'warm', 's3://media/films/', '--origin', `${origin.endpoint}/`, '--data-dir', 'kept', '--max-object-size',
    String(3 * MB)
  ]
  const first = await runCommand(command, { cwd, env: signed })
  t.equal(first.code, 0, first.stderr)
  t.match(
    first.stdout.toString(),
    /^9 objects, 10\.0 MB: 5 hashed, 0 kept already, 4 skipped \(1 SSE-C, 1 archived, 1 empty, 1 too large\), 0 failed, in \d+ s\n$/
  )
  t.match(first.stderr, /^hashed {3}films\/control\\u0007\.bin {2}2\.0 MB {2}\d+ s$/m)
  t.match(first.stderr, /^skipped {2}films\/cold {2}10 bytes {2}archived$/m)

  const read = origin.bytesSent
  const second = await runCommand([...command, '--json'], { cwd, env: signed })
  const lines = second.stdout.toString().trimEnd().split('\n').map(
    (line) => JSON.parse(line) as Record<string, unknown>
  )
  t.strictSame(lines.at(-1), {
    hashed: 0, kept: 5, skipped: { 'SSE-C': 1, archived: 1, empty: 1, 'too large': 1 }, failed: 0
  })
  t.strictSame(lines.filter((line) => line['is'] === 'kept').map((line) => line['key']).sort(), [...KEYS].sort())
  const listings = origin.requests.filter(({ url }) => url.includes('list-type=2')).length
  t.ok(listings >= 20, `in pages: ${listings}`)

  const server = await startServer(t, { args: ['--origin', origin.endpoint, '--data-dir', join(cwd, 'kept')] })
  const bodies = origin.requests.filter(({ method, headers }) => method === 'GET' && headers.range !== undefined).length
  for (const key of KEYS) t.equal((await httpGet(`${server.url}/media/${pathOf(key)}?torrent`)).status, 200, key)
  t.equal(
    origin.requests.filter(({ method, headers }) => method === 'GET' && headers.range !== undefined).length,
    bodies,
    'the server reads none of them'
  )
  t.ok(origin.bytesSent - read < 100_000, 'and neither did the second run')

  all.objects.delete('films/cold')
  origin.put('media', 'films/bobs', { size: 10, readers: ['AKIABOB'] })
  const third = await runCommand([...command, '--quiet'], { cwd, env: signed })
  t.same([third.code, third.stdout.toString(), third.stderr], [
    1,
    '',
    'failed   films/bobs  10 bytes  s3://media/films/bobs is not readable with the access key AKIAALICE; --profile ' +
    'chooses other credentials\n'
  ])
})

t.test('what is hashed at once is no leak: nothing is warned of', async (t) => {
  const origin = await startFaultyOrigin(t)
  for (let i = 0; i < 60; i++) origin.put('media', `object-${i}`, { size: 200_000, seed: i })
  for (const more of [['--concurrency', '32'], []]) {
    const { code, stderr } = await runCommand(
      ['warm', 's3://media', '--endpoint-url', origin.endpoint, '--quiet', ...more], { cwd: t.testdir({}), env: signed }
    )
    t.strictSame([code, stderr], [0, ''], more.join(' '))
  }
})

t.test('through a running server', async (t) => {
  const origin = await startFaultyOrigin(t)
  const cwd = t.testdir({})
  const credentials = join(cwd, 'clients')
  writeFileSync(credentials, credentialsText({ alice }))
  for (const [i, key] of KEYS.entries()) {
    origin.put('media', key, { size: 2 * MB + i, seed: i, readers: [alice.accessKeyId] })
  }
  origin.put('media', 'films/cold', { size: 10, storageClass: 'GLACIER' })
  origin.put('media', 'films/sse-c', {
    size: 10, sseC: { code: 'InvalidArgument', message: 'Server Side Encryption with Customer provided keys' }
  })
  const server = await startServer(t, {
    args: ['--origin', origin.endpoint, '--credentials-file', credentials, '--max-jobs', '1', '--max-queue', '1']
  })
  const command = ['warm', 's3://media', '--endpoint-url', origin.endpoint, '--server', server.url]
  const first = await runCommand(command, { cwd, env: signed })
  t.equal(first.code, 0, first.stderr)
  t.match(
    first.stdout.toString(), '7 objects, 10.0 MB: 5 hashed, 0 kept already, 2 skipped (1 SSE-C, 1 archived), 0 failed'
  )
  const read = origin.bytesSent
  t.equal((await runCommand(command, { cwd, env: signed })).code, 0)
  t.ok(origin.bytesSent - read < 100_000, 'what the server has it does not read again')
  const stranger = await runCommand(command, { cwd, env: { AWS_ACCESS_KEY_ID: 'AKIAEVE', AWS_SECRET_ACCESS_KEY: 's' } })
  t.equal(stranger.code, 1)
  t.match(stranger.stdout.toString(), '0 hashed, 0 kept already, 0 skipped, 7 failed')
  t.match(
    stranger.stderr, /^failed {3}films\/plain\.bin .* the store does not take the credentials .*InvalidAccessKeyId/m
  )
})

t.test('a total bar, and Ctrl-C; the same command goes on from there', async (t) => {
  if (!need(t, 'script')) return
  const origin = await startFaultyOrigin(t)
  const cwd = t.testdir({})
  origin.faults.bytesPerSecond = 30 * MB
  for (let i = 0; i < 6; i++) origin.put('media', `object-${i}`, { size: 10 * MB, seed: i })
  const command = ['warm', 's3://media', '--endpoint-url', origin.endpoint, '--concurrency', '2']
  const first = await inTerminal(command, {
    cwd, env: signed, press: (output) => /\] +[3-9]\d %/.test(output) ? '\u0003' : undefined
  })
  t.equal(first.code, 130)
  t.match(first.output, /s3:\/\/media\/, 6 objects\r\n/)
  t.match(first.output, /\[=*> +\] {2} ?\d+ % {2}[\d.]+ MB of 60\.0 MB {2}[\d.]+ [kM]B\/s/)
  t.match(
    first.output.replaceAll('\r\n', ''),
    /Interrupted: \d objects?, .* hashed, .*; the same command goes on from there\./
  )
  origin.faults.bytesPerSecond = undefined
  const second = await runCommand(command, { cwd, env: signed })
  t.equal(second.code, 0, second.stderr)
  t.match(second.stdout.toString(), /^6 objects, 60\.0 MB: \d hashed, \d kept already, 0 skipped, 0 failed/)
  t.ok(origin.bytesSent < 66 * MB, `every byte is read about once: ${origin.bytesSent}`)
})

t.test('a directory of buckets', async (t) => {
  const cwd = t.testdir({
    buckets: {
      media: {
        films: { 'a.bin': contentAt(1, 0, MB), deeper: { 'b.bin': contentAt(2, 0, MB) } },
        'films-of-others': 'x',
        other: 'x'
      }
    }
  })
  const { code, stdout } = await runCommand(['warm', 's3://media/films/'], {
    cwd,
    env: { OBJECT_TORRENT_ORIGIN: 'buckets', OBJECT_TORRENT_DATA_DIR: 'kept', OBJECT_TORRENT_PIECE_LENGTH: '32768' }
  })
  t.equal(code, 0)
  t.match(stdout.toString(), '2 objects, 2.0 MB: 2 hashed')
  const again = await runCommand(
    ['warm', 's3://media/fil', '--origin', 'buckets', '--data-dir', 'kept', '--piece-length', '32768'], { cwd }
  )
  t.match(
    again.stdout.toString(),
    '3 objects, 2.0 MB: 1 hashed, 2 kept already',
    'a prefix is a string; variables and flags mean the same'
  )
})

t.test('Ceph', async (t) => {
  const store = ceph(t)
  if (store === undefined) return
  const cwd = t.testdir({})
  mkdirSync(join(cwd, 'kept'))
  const client = new S3Client({
    endpoint: store.endpoint, region: 'us-east-1', forcePathStyle: true, credentials: store.alice
  })
  t.teardown(() => client.destroy())
  await client.send(new CreateBucketCommand({ Bucket: 'warm-command' }))
  for (const key of KEYS.filter((key) => !key.includes('\u0007'))) {
    await client.send(new PutObjectCommand({ Bucket: 'warm-command', Key: key, Body: contentAt(3, 0, MB) }))
  }
  const command = ['warm', 's3://warm-command/films/', '--endpoint-url', store.endpoint]
  const env = { AWS_SHARED_CREDENTIALS_FILE: store.credentialsFile, AWS_PROFILE: 'alice' }
  t.match((await runCommand(command, { cwd, env })).stdout.toString(), '4 objects, 4.0 MB: 4 hashed, 0 kept already')
  t.match(
    (await runCommand(command, { cwd, env })).stdout.toString(),
    '4 objects, 4.0 MB: 0 hashed, 4 kept already',
    'its listing and its HEAD say one ETag'
  )
  const server = await startServer(t, {
    args: ['--origin', store.endpoint, '--data-dir', join(cwd, 'data'), '--credentials-file', store.credentialsFile]
  })
  const made = await runCommand(
    ['create', 's3://warm-command/films/a b.bin', '--endpoint-url', store.endpoint, '--data-dir', 'data'], { cwd, env }
  )
  t.match(made.stdout.toString(), 'hashed before', 'create finds it, too')
  t.match(
    (await runCommand([...command, '--server', server.url], { cwd, env })).stdout.toString(),
    '4 objects, 4.0 MB: 4 hashed'
  )
})
