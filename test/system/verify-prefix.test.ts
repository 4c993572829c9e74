import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { torrentPaths } from '../../src/torrent/torrent-paths.js'
import { runCommand } from '../support/command.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { createByLibtorrent, torrentByLibtorrent } from '../support/libtorrent.js'
import { need } from '../support/programs.js'
import { tempDir } from '../support/torrent-check.js'

const PIECE = 32 * 1024
// The first ones are called otherwise in a torrent.
const KEYS = ['a:b.bin', 'folder/', 'folder//x', 'folder/../y', 'big.bin', 'CON', 'sub/Name', 'sub/name', 'z/plain']
const SIZES = [100, 0, PIECE, 5, 300 * PIECE + 7, 3 * PIECE, 10, 20, 2 * PIECE + 1]
const FORMATS = ['v1', 'hybrid', 'v2'] as const

const origin = await startFaultyOrigin(t)
const signed = { AWS_ENDPOINT_URL: origin.endpoint, AWS_ACCESS_KEY_ID: 'AKIAALICE', AWS_SECRET_ACCESS_KEY: 's' }
const bodies = new Map(KEYS.map((key, i) => [`data/set/${key}`, contentAt(i + 1, 0, SIZES[i] ?? 0)]))
const paths = torrentPaths('data/set/', [...bodies.keys()])
const bodyOf = (key: string): Buffer => bodies.get(key) ?? Buffer.alloc(0)
const pathOf = (key: string): string => paths.find((path) => path.key === `data/set/${key}`)?.path.join('/') ?? ''
const cwd = tempDir(t)

function putAll (bucket: string, options: object = {}): void {
  for (const [key, body] of bodies) origin.put(bucket, key, { body, ...options })
}

t.before(async () => {
  for (const { key, path } of paths) {
    const file = join(cwd, 'set', ...path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bodyOf(key))
  }
  const files = paths.map(({ key, path }) => ({ path: ['set', ...path].join('/'), size: bodyOf(key).length }))
  if (!need(t, 'python-libtorrent')) return
  for (const format of FORMATS) {
    const made = await createByLibtorrent(cwd, PIECE, format, files)
    writeFileSync(join(cwd, `${format}.torrent`), torrentByLibtorrent(made))
  }
})

const run = async (format: string, source: string, ...flags: string[]) =>
  await runCommand(['verify', `${format}.torrent`, source, ...flags], { cwd, env: signed })

t.test('objects by the paths that a prefix torrent has', async (t) => {
  if (!need(t, 'python-libtorrent')) return
  t.not(pathOf('a:b.bin'), 'a:b.bin', 'it is called otherwise')
  putAll('media')
  putAll('ranges', { faults: { ignoreRange: true } })
  origin.put('media', 'data/other', { body: Buffer.from('x') })
  for (const format of FORMATS) {
    for (const source of [
      's3://media/data/set/', 's3://media/data/set', 's3://media/data/', 's3://media/data', 's3://ranges/data/set/'
    ]) {
      const { code, stdout, stderr } = await run(format, source)
      t.equal(code, 0, `${format} ${source} ${stderr}`)
      t.match(stdout.toString(), /: all 9 files are there, all \d+ pieces are right, 10\.\d MB/)
    }
  }
})

t.test('what is missing, wrong, or may not be read', async (t) => {
  if (!need(t, 'python-libtorrent')) return
  putAll('damaged')
  const wrong = Buffer.from(bodyOf('data/set/big.bin'))
  wrong.writeUInt8(wrong.readUInt8(100 * PIECE) ^ 1, 100 * PIECE)
  origin.put('damaged', 'data/set/big.bin', { body: wrong })
  origin.remove('damaged', 'data/set/a:b.bin')
  origin.put('damaged', 'data/set/z/plain', {
    body: bodyOf('data/set/z/plain'), headers: { 'x-amz-storage-class': 'GLACIER' }
  })
  origin.put('damaged', 'data/set/CON', { body: Buffer.from('x') })
  for (const format of FORMATS) {
    const { code, stdout } = await run(format, 's3://damaged/data/set/', '--json')
    const { badFiles } = JSON.parse(stdout.toString()) as { badFiles: Array<{ path: string, problem: string }> }
    t.equal(code, 1)
    const told = new Map(badFiles.map(({ path, problem }) => [path, problem]))
    t.equal(told.get(pathOf('big.bin')), 'pieces')
    t.equal(told.get(pathOf('a:b.bin')), 'missing')
    t.equal(told.get(pathOf('z/plain')), 'unreadable')
    t.equal(told.get(pathOf('CON')), 'length')
    if (format !== 'v1') t.equal(told.size, 4)
  }
  t.match(
    (await run('v2', 's3://damaged/data/set/')).stdout.toString(),
    `  ${pathOf('z/plain')}: s3://damaged/data/set/, ${pathOf('z/plain')} is archived; restore it first\n`
  )
})

t.test('a bucket that may not be listed', async (t) => {
  if (!need(t, 'python-libtorrent')) return
  origin.bucket('silent', { listers: [] })
  for (const { key, path } of paths) origin.put('silent', `set/${path.join('/')}`, { body: bodyOf(key) })
  for (const format of FORMATS) t.equal((await run(format, 's3://silent/set/')).code, 0, format)
})

t.test('Ctrl-C, and a store that fails', async (t) => {
  if (!need(t, 'python-libtorrent')) return
  putAll('slow')
  const big = origin.put('slow', 'data/set/big.bin', {
    body: bodyOf('data/set/big.bin'), faults: { bytesPerSecond: 1_000_000 }
  })
  for (const format of FORMATS) {
    const sent = big.bytesSent
    const isRead = (async () => {
      for (let looks = 0; big.bytesSent === sent && looks < 3_000; looks++) {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })()
    const { code, stderr } = await runCommand(
      ['verify', `${format}.torrent`, 's3://slow/data/set/'], { cwd, env: signed, interruptWhen: isRead }
    )
    t.equal(code, 130, format)
    t.match(stderr, /Interrupted: [\d.]+ \S+ of 10\.\d MB were read, and nothing is known of the rest\.\n$/)
  }
  putAll('changing')
  for (const format of FORMATS) {
    const body = bodyOf('data/set/big.bin')
    origin.put('changing', 'data/set/big.bin', {
      body, faults: { cutAfter: 500_000 }, replaceAfter: { bytes: 400_000, with: { body: body.subarray(1) } }
    })
    const { code, stdout, stderr } = await run(format, 's3://changing/data/set/')
    t.same([code, stdout.toString()], [1, ''])
    t.match(stderr, 's3://changing/data/set/, big.bin changed while it was read; try again.\n')
  }
  putAll('broken')
  origin.put('broken', 'data/set/big.bin', {
    body: bodyOf('data/set/big.bin'), faults: { errorBody: { status: 403, body: '', unsignedOnly: false } }
  })
  const { code, stdout, stderr } = await run('v2', 's3://broken/data/set/')
  t.equal(code, 1)
  t.match(`${stdout.toString()}${stderr}`, /big\.bin[^\n]*is not readable with the access key AKIAALICE/)
})
