import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { inTerminal, runCommand } from '../support/command.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { httpGet } from '../support/http-get.js'
import { checkByLibtorrent, readTorrent } from '../support/libtorrent.js'
import { need } from '../support/programs.js'
import { runServer, startServer } from '../support/server.js'
import { transmissionInfoHash } from '../support/torrent-check.js'

const MB = 1_000_000
const MiB = 2 ** 20
const FORMATS = ['v1', 'hybrid', 'v2'] as const
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAALICE', AWS_SECRET_ACCESS_KEY: 'secret' }
const TREE = {
  'a b.bin': contentAt(1, 0, 3 * MB),
  'c.txt': 'small',
  empty: '',
  '.hidden': 'hidden',
  'film \u00E9': { 'd.bin': contentAt(2, 0, 700_001), deeper: { 'e.bin': contentAt(3, 0, MiB) } }
}
const ANNOUNCE = [
  '--announce', 'http://one.example/announce,udp://two.example:6969', '--announce', 'wss://three.example/'
]

const origin = await startFaultyOrigin(t)
const signed = { ...KEYS, AWS_ENDPOINT_URL: origin.endpoint }

/** The same tree in a bucket. */
function putTree (bucket: string, prefix: string, tree: object): void {
  for (const [name, value] of Object.entries(tree) as Array<[string, unknown]>) {
    if (typeof value === 'string' || Buffer.isBuffer(value)) {
      origin.put(bucket, prefix + name, {
        body: Buffer.from(value), public: true, lastModified: new Date(`2024-02-29T12:34:${10 + name.length}Z`)
      })
    } else {
      putTree(bucket, `${prefix}${name}/`, value as object)
    }
  }
}

/** The torrent on standard output. */
async function created (t: Test, cwd: string, args: string[], env = {}): Promise<Buffer> {
  const { code, stdout, stderr } = await runCommand(['create', ...args, '-o', '-'], { cwd, env })
  t.equal(code, 0, stderr)
  return stdout
}

t.test('of a folder: the bytes of a server, and libtorrent finds the folder complete', async (t) => {
  const cwd = t.testdir({ buckets: { media: { films: TREE } } })
  const films = join(cwd, 'buckets/media/films')
  symlinkSync('c.txt', join(films, 'link.txt'))
  const { url } = await startServer(t, { args: ['--origin', 'buckets', '--web-seed', 'none', ...ANNOUNCE], cwd })
  for (const format of FORMATS) {
    const served = await httpGet(`${url}/media?torrent&prefix=films/&format=${format}`)
    t.equal(served.status, 200)
    const torrent = await created(t, cwd, ['./buckets/media/films/', '--format', format, ...ANNOUNCE])
    t.strictSame(torrent.toString('latin1'), served.body.toString('latin1'), format)
    if (!need(t, 'python-libtorrent')) continue
    t.match(await readTorrent(torrent), { name: 'films', pieceLength: MiB, trackers: { length: 3 } })
    t.match(await checkByLibtorrent(torrent, join(cwd, 'buckets/media')), { error: null, bad: { length: 0 } })
    writeFileSync(join(films, 'c.txt'), 'wrong')
    t.not((await checkByLibtorrent(torrent, join(cwd, 'buckets/media'))).bad.length, 0, 'else it would say so')
    writeFileSync(join(films, 'c.txt'), 'small')
  }
  const { stdout, stderr } = await runCommand(['create', 'buckets/media/films', '--json', '-o', cwd], { cwd })
  const told = JSON.parse(stdout.toString()) as Record<string, unknown>
  t.match(told, { file: cwd, name: 'films', files: 7, size: 3 * MB + 700_001 + MiB + 5 + 5 + 6, pieceLength: MiB })
  t.match(stderr, /^buckets\/media\/films, 7 objects: 4\.7 MB$/m)
  const file = readFileSync(join(cwd, 'films.torrent'))
  if (need(t, 'transmission-show')) t.equal(await transmissionInfoHash(t, file), told['infoHash'])
})

t.test('of a prefix: the bytes of a server', async (t) => {
  const cwd = t.testdir({})
  putTree('media', 'films/2024/', TREE)
  origin.bucket('media', { public: true, pageKeys: 2 })
  origin.put('media', 'films/2024/', { size: 0, public: true })
  origin.put('media', 'films/2025.txt', { size: 5, public: true })
  const { url } = await startServer(t, {
    args: ['--origin', origin.endpoint, '--piece-length', '65536', ...ANNOUNCE], env: { ...KEYS }
  })
  const cases = [
    ['films/2024/', '2024'], ['films/20', 'films'], ['', 'media'], ['films/2024/film \u00E9/', 'film \u00E9']
  ] as const
  for (const format of FORMATS) {
    for (const [prefix, name] of cases) {
      const served = await httpGet(`${url}/media?torrent&prefix=${encodeURIComponent(prefix)}&format=${format}`)
      t.equal(served.status, 200)
      const [, seed = ''] = /8:url-list(?:l?)\d+:(http:[^ ]+?\/-\/seed\/[^/]+\/)/.exec(served.body.toString('latin1')) ?? []
      t.match(seed, /\/-\/seed\//, 'a public prefix has a web seed')
      const torrent = await created(t, cwd, [
        `s3://media/${prefix}`, '--recursive', '--no-sign-request', '--piece-length', '65536', '--format', format,
        '--web-seed', seed, ...ANNOUNCE
      ], { AWS_ENDPOINT_URL: origin.endpoint })
      t.strictSame(torrent.toString('latin1'), served.body.toString('latin1'), `${format} of ${prefix}`)
      if (need(t, 'python-libtorrent')) t.match(await readTorrent(torrent), { name })
    }
  }
})

t.test('a second run reads nothing, and a file more is the only one that is read', async (t) => {
  const cwd = t.testdir({})
  for (let i = 0; i < 5; i++) origin.put('kept', `a/${i}.bin`, { size: 3 * MB + i, seed: i })
  for (const format of FORMATS) {
    const run = () => runCommand(
      ['create', 's3://kept/a/', '--recursive', '--format', format, '-o', 'a.torrent', '--piece-length', '65536'],
      { cwd, env: signed }
    )
    const before = bodies()
    t.match((await run()).stdout.toString(), /^a\.torrent: 5 files, 15\.0 MB, \d+ pieces of 64 KiB, hashed(?! before)/)
    t.equal(bodies() - before, 15 * MB + 10, 'every byte once')
    t.match((await run()).stdout.toString(), /^a\.torrent: 5 files, .*, hashed before$/m)
    t.equal(bodies() - before, 15 * MB + 10, 'nothing again')
    const more = origin.put('kept', 'a/0-more.bin', { size: MB, seed: 9 })
    const { stdout } = await run()
    t.match(stdout.toString(), /^a\.torrent: 6 files, 16\.0 MB, .*, hashed.*, 15\.0 MB of it before$/m)
    t.equal(bodies() - before, 16 * MB + 10, 'the new one')
    t.equal(more.bytesSent, MB)
    origin.bucket('kept').objects.delete('a/0-more.bin')
  }

  function bodies (): number {
    const objects = [...origin.bucket('kept').objects.values()].flat()
    return objects.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
  }
})

t.test('a bar with objects; Ctrl-C keeps what was hashed, and the same command goes on', async (t) => {
  if (!need(t, 'script')) return
  const cwd = t.testdir({})
  const faults = { bytesPerSecond: 15 * MB as number | undefined }
  const objects = Array.from({ length: 30 }, (_, i) => origin.put('slow', `a/${i}.bin`, { size: 4 * MB, seed: i }))
  origin.faults = faults
  t.teardown(() => { origin.faults = {} })
  const command = ['create', 's3://slow/a/', '--recursive', '--data-dir', join(cwd, 'kept')]
  const first = await inTerminal(command, {
    cwd, env: signed, press: (output) => /\[=+> +\] +[3-9]\d %/.test(output) ? '\u0003' : undefined
  })
  t.equal(first.code, 130, first.output)
  t.match(first.output, /s3:\/\/slow\/a\/, 30 objects, [1-9]\d* hashed\r\n/)
  const [, kept = '0'] = /Interrupted: ([\d.]+) MB of s3:\/\/slow\/a\/ are hashed, and kept in/.exec(
    first.output.replaceAll('\r\n', '')
  ) ?? []
  t.ok(Number(kept) > 20, kept)
  t.same(readdirSync(cwd), ['kept'])
  const before = objects.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
  faults.bytesPerSecond = undefined
  const { code, stdout, stderr } = await runCommand(command, { cwd, env: signed })
  t.equal(code, 0, stderr)
  t.match(stdout.toString(), /^a\.torrent: 30 files, 120\.0 MB, .*, hashed.*, [\d.]+ MB of it before$/m)
  const read = objects.reduce((sum, { bytesSent }) => sum + bytesSent, 0) - before
  const over = read + Number(kept) * MB - 120 * MB
  t.ok(over < 0.1 * MB && over > -9 * MB, `not read again, and of eight at once a piece more was kept: ${over}`)
})

t.test('what is in a folder and no file is left out, and said', async (t) => {
  const cwd = t.testdir({ folder: { 'a.bin': contentAt(1, 0, 1000), sub: { b: 'b' } }, other: 'other' })
  const folder = join(cwd, 'folder')
  symlinkSync('../other', join(folder, 'out'))
  symlinkSync('nowhere', join(folder, 'dead'))
  symlinkSync('sub', join(folder, 'folder-link'))
  symlinkSync('sub/b', join(folder, 'in'))
  execFileSync('mkfifo', [join(folder, 'pipe\u001B')])
  const { code, stdout, stderr } = await runCommand(['create', './folder', '--json'], { cwd })
  t.equal(code, 0, stderr)
  t.match(JSON.parse(stdout.toString()), { file: 'folder.torrent', files: 3, size: 1002 })
  for (const name of ['out', 'dead', 'folder-link', 'pipe\\u001b']) {
    t.ok(stderr.includes(`object-torrent: folder/${name} is left out: it is no file, or a link`), name)
  }
  for (let i = 0; i < 20; i++) symlinkSync('nowhere', join(folder, `dead-${i}`))
  const many = await runCommand(['create', './folder'], { cwd })
  t.equal([...many.stderr.matchAll(/is left out/g)].length, 10)
  t.match(many.stderr, 'object-torrent: 14 more of ./folder are left out, for the same reasons\n')
  mkdirSync(join(cwd, 'elsewhere'))
  t.equal((await runCommand(['create', '.'], { cwd: folder })).code, 2)
  const outside = await runCommand(['create', '.', '-o', '../elsewhere'], { cwd: folder })
  t.match(outside.stdout.toString(), '../elsewhere/folder.torrent: 3 files')
  t.same(readdirSync(join(cwd, 'elsewhere')), ['folder.torrent'])
})

// Root without its capabilities has to keep to a file's mode.
const AS_ANYBODY = process.getuid?.() === 0 ? 'exec setpriv --bounding-set=-all --inh-caps=-all "$@"' : ''

t.test('a file, or a folder, that may not be read is named', async (t) => {
  const cwd = t.testdir({ folder: { 'a.bin': 'a', sub: { secret: 'x' } } })
  const run = () => runServer(['create', join(cwd, 'folder'), '--data-dir', join(cwd, 'kept'), '-o', '-'], {
    OBJECT_TORRENT_TRACKER_PORT: '0', OBJECT_TORRENT_PEER_PORT: '0', OBJECT_TORRENT_ADMIN_PORT: '0'
  }, AS_ANYBODY)
  for (const name of ['sub/secret', 'sub']) {
    const path = join(cwd, 'folder', name)
    chmodSync(path, 0)
    const { code, stdout, stderr } = await run()
    chmodSync(path, 0o755)
    t.same([code, stdout], [1, ''])
    t.ok(stderr.endsWith(`object-torrent: ${path} may not be read (EACCES).\n`), stderr)
  }
})

t.test('an object that changes while it is hashed is named', async (t) => {
  const cwd = t.testdir({})
  origin.put('changes', 'a/steady', { size: MB, seed: 1 })
  origin.put('changes', 'a/moving', { size: 200 * MB, seed: 11, replaceAfter: { bytes: 1, with: { size: 5 } } })
  const run = () => runCommand(['create', 's3://changes/a/', '--recursive'], { cwd, env: signed })
  const { code, stderr } = await run()
  t.equal(code, 1)
  t.match(stderr, /^object-torrent: s3:\/\/changes\/a\/moving changed while it was read; try again\.$/m)
  const later = await run()
  t.equal(later.code, 0, later.stderr)
})

t.test('what warm has hashed the server answers, and reads nothing', async (t) => {
  const cwd = t.testdir({})
  const sizes = [3 * MB, 100, 200, 300, MB]
  for (const [i, size] of sizes.entries()) origin.put('warm', `a/${i}.bin`, { size, seed: i, public: true })
  origin.bucket('warm', { public: true })
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const command = ['warm', 's3://warm/a/', '--prefix-torrent', '--no-sign-request']
  const alone = [...command, '--origin', origin.endpoint, '--data-dir', 'kept']
  for (const format of FORMATS) {
    const first = await runCommand([...alone, '--format', format], { cwd })
    t.equal(first.code, 0, first.stderr)
    t.match(first.stdout.toString(), /^s3:\/\/warm\/a\/: one torrent of 5 objects, 4\.0 MB: hashed, in \d+ s\n$/)
  }
  const second = await runCommand([...alone, '--json'], { cwd, env: { OBJECT_TORRENT_TORRENT_FORMAT: 'hybrid' } })
  t.same(JSON.parse(second.stdout.toString()), { prefix: 'a/', is: 'kept', objects: 5, size: total })
  const read = bodies()
  const server = await startServer(t, { args: ['--origin', origin.endpoint, '--data-dir', join(cwd, 'kept')] })
  for (const format of FORMATS) {
    t.equal((await httpGet(`${server.url}/warm?torrent&prefix=a/&format=${format}`)).status, 200)
  }
  t.equal(bodies(), read)

  const empty = await startServer(t, { args: ['--origin', origin.endpoint] })
  const through = [...command, '--endpoint-url', origin.endpoint, '--server', empty.url, '--format', 'v2']
  const asked = await runCommand(through, { cwd })
  t.equal(asked.code, 0, asked.stderr)
  t.match(asked.stdout.toString(), /^s3:\/\/warm\/a\/: one torrent of 5 objects, 4\.0 MB: hashed, in \d+ s\n$/)
  t.equal(bodies(), read + total, 'the server has read each of them once')
  t.equal((await httpGet(`${empty.url}/warm?torrent&prefix=a/&format=v2`)).status, 200)
  t.equal((await runCommand(through, { cwd })).code, 0)
  t.equal(bodies(), read + total)

  origin.put('warm', 'a/cold', { size: 10, storageClass: 'GLACIER', public: true })
  for (const args of [alone, through]) {
    const { code, stdout, stderr } = await runCommand(args, { cwd })
    t.same([code, stdout.toString()], [1, ''])
    t.match(stderr, /^object-torrent: .*1 of the 6 objects under the prefix can have no torrent, first of all a\/cold: .*\.$/m)
  }

  function bodies (): number {
    const objects = [...origin.bucket('warm').objects.values()].flat()
    return objects.reduce((sum, { bytesSent }) => sum + bytesSent, 0)
  }
})
