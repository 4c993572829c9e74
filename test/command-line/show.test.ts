import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { metainfo } from '../../src/torrent/metainfo.js'
import { printableLines } from '../../src/util/unprintable.js'
import { runClient } from '../system/support/clients.js'
import { readTorrent } from '../system/support/libtorrent.js'
import { parsed } from '../system/support/pieces.js'
import { need, programPath } from '../system/support/programs.js'
import { inRepo } from '../system/support/repo-root.js'
import { runInProcess } from './run-in-process.js'

interface Shown {
  version: string
  infoHash?: string
  infoHashV2?: string
  name: string
  size: number
  pieces: number
  pieceLength: number
  trackers: string[][]
  webSeeds: string[]
  files: Array<{ path: string, length: number }>
  private: boolean
  magnet: string
  createdBy?: string
  creationDate?: string
  comment?: string
}

const show = (input: Buffer | string, ...flags: string[]) => runInProcess(['show', '-', ...flags], { input })
const shown = async (input: Buffer): Promise<Shown> => JSON.parse((await show(input, '--json')).stdout) as Shown

function ours (fields: Partial<Parameters<typeof metainfo>[0]> = {}): Buffer {
  const { head, piecesLength, tail } = metainfo({ announce: [], creationDate: new Date('2024-02-29T12:34:56Z'), length: 100_000, name: 'film.mkv', pieceLength: 16384, urlList: [], ...fields })
  return Buffer.concat([head, Buffer.alloc(piecesLength, 7), tail])
}

/** Bencodes what tests need. */
function encoded (value: unknown): Buffer {
  if (typeof value === 'number') return Buffer.from(`i${value}e`)
  if (typeof value === 'string' || Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`${Buffer.byteLength(value)}:`), Buffer.from(value as string)])
  if (Array.isArray(value)) return Buffer.concat([Buffer.from('l'), ...value.map(encoded), Buffer.from('e')])
  const entries = Object.entries(value as object).sort(([a], [b]) => a < b ? -1 : 1)
  return Buffer.concat([Buffer.from('d'), ...entries.flatMap(([key, entry]) => [encoded(key), encoded(entry)]), Buffer.from('e')])
}

const V2_TREE = { a: { 'one.bin': { '': { length: 20_000, 'pieces root': Buffer.alloc(32, 1) } } }, 'two.bin': { '': { length: 5, 'pieces root': Buffer.alloc(32, 2) } } }
const v2 = encoded({ info: { name: 'folder', 'piece length': 16384, 'meta version': 2, 'file tree': V2_TREE }, 'piece layers': {} })
const v1Files = [{ length: 20_000, path: ['a', 'one.bin'] }, { length: 12_768, path: ['.pad', '12768'], attr: 'p' }, { length: 5, path: ['two.bin'] }]
const hybrid = encoded({ info: { name: 'folder', 'piece length': 16384, 'meta version': 2, 'file tree': V2_TREE, files: v1Files, pieces: Buffer.alloc(60, 3) }, 'piece layers': {} })

const multiFile = encoded({
  announce: 'http://one.example/announce',
  'announce-list': [['http://one.example/announce'], ['udp://two.example:1']],
  comment: 'a comment',
  'created by': 'mktorrent 1.1',
  'creation date': 1_700_000_000,
  info: { files: [{ length: 30_000, path: ['one.bin'] }, { length: 30_001, path: ['b', 'two.bin'] }], name: 'folder', 'piece length': 32768, pieces: Buffer.alloc(40, 5), private: 1 }
})

t.test('as libtorrent, parse-torrent and transmission-show read it', async (t) => {
  const torrents = {
    ours: ours({ announce: [['http://one.example/announce', 'udp://two.example:6969'], ['wss://three.example/']], urlList: ['https://cdn.example/film.mkv'] }),
    'ours with bucket and key': ours({ origin: { bucket: 'media', key: 'a/film.mkv' } }),
    "S3's own of 2010": readFileSync(inRepo('test/torrent/s3-2010.torrent')),
    'several files, private': multiFile
  }
  for (const [what, torrent] of Object.entries(torrents)) {
    const seen = await shown(torrent)
    const web = await parsed(torrent)
    t.match(seen, { infoHash: web.infoHash, name: web.name, size: web.length, pieceLength: web.pieceLength, pieces: web.pieces.length, private: web.private === true, createdBy: web.createdBy, comment: web.comment }, what)
    t.equal(seen.creationDate, web.created?.toISOString())
    t.strictSame([...seen.trackers.flat()].sort(), [...web.announce].sort())
    t.strictSame(seen.webSeeds, web.urlList)
    t.equal((await parsed(seen.magnet)).infoHash, web.infoHash, 'the magnet link')
    if (need(t, 'python-libtorrent')) {
      const view = await readTorrent(torrent)
      if ('error' in view) throw new Error(view.error)
      // BEP 12: libtorrent shuffles the trackers of a tier as it reads them.
      const tiers = (trackers: Array<{ url: string, tier: number }>): string[] => trackers.map(({ url, tier }) => `${tier} ${url}`).sort()
      t.strictSame(tiers(seen.trackers.flatMap((urls, tier) => urls.map((url) => ({ url, tier })))), tiers(view.trackers), 'tiers')
      t.strictSame([seen.infoHash, seen.name, seen.size, seen.files.map(({ length }) => length)], [view.infoHash, view.name, view.size, view.files.map(({ size }) => size)])
    }
    if (need(t, 'transmission-show')) {
      const file = join(t.testdir({}), 'given.torrent')
      writeFileSync(file, torrent)
      t.match((await runClient(programPath('transmission-show'), [file], { seconds: 20 })).output, `Hash: ${seen.infoHash}`)
    }
  }
})

t.test('version 2 and hybrid ones', async (t) => {
  for (const [torrent, version] of [[v2, '2'], [hybrid, 'hybrid']] as const) {
    const seen = await shown(torrent)
    t.match(seen, { version, name: 'folder', size: 20_005, files: [{ path: 'a/one.bin', length: 20_000 }, { path: 'two.bin', length: 5 }], pieces: 3 })
    t.match(seen.magnet, `urn:btmh:1220${seen.infoHashV2}`)
    t.equal(seen.magnet.includes('urn:btih:'), version === 'hybrid')
    if (need(t, 'python-libtorrent')) {
      const view = await readTorrent(torrent)
      if ('error' in view) throw new Error(view.error)
      t.strictSame([seen.infoHash ?? null, seen.infoHashV2], [view.infoHash, view.infoHashV2])
    }
    t.match((await show(torrent)).stdout, /^version {7}(2 \(BEP 52\)|1 and 2 \(hybrid, BEP 52\))$/m)
  }
})

t.test('for people', async (t) => {
  const { stdout, code } = await show(ours({ announce: [['http://one.example/a', 'udp://two.example:1'], ['wss://three.example/']], urlList: ['https://cdn.example/film.mkv'] }))
  t.equal(code, 0)
  t.equal(stdout.replace(/[0-9a-f]{40}/g, 'HASH'), `name          film.mkv
size          100.0 kB (100,000 bytes)
info hash     HASH
version       1 (BEP 3)
pieces        7 of 16 KiB
trackers      http://one.example/a  (tier 1)
              udp://two.example:1  (tier 1)
              wss://three.example/  (tier 2)
web seeds     https://cdn.example/film.mkv
private       no
created by    object-torrent
created       2024-02-29T12:34:56Z
magnet        magnet:?xt=urn:btih:HASH&dn=film.mkv&xl=100000&tr=http%3A%2F%2Fone.example%2Fa&tr=udp%3A%2F%2Ftwo.example%3A1&tr=wss%3A%2F%2Fthree.example%2F&ws=https%3A%2F%2Fcdn.example%2Ffilm.mkv
`)
  const several = (await show(multiFile)).stdout
  t.match(several, /^files {9}2 files$\n^ {14}one\.bin {2}\(30\.0 kB\)$\n^ {14}b\/two\.bin {2}\(30\.0 kB\)$/m)
  t.match(several, /^private {7}yes: peers come from its trackers alone \(BEP 27\)$/m)
})

t.test('nothing in a torrent reaches the terminal as a command', async (t) => {
  const evil = 'a\u001B]0;owned\u0007\u009B31m\r\n\u202Eb\u007F inv\u061Coice\u200B\u2060\u00AD\u3164\u{E0041}fdp.exe'
  const torrent = encoded({ announce: evil, 'announce-list': [[evil]], comment: evil, 'created by': evil, info: { files: [{ length: 1, path: [evil] }], name: evil, 'piece length': 16384, pieces: Buffer.alloc(20) }, 'url-list': [evil] })
  for (const flags of [[], ['--json']]) {
    const { stdout, code } = await show(torrent, ...flags)
    t.equal(code, 0)
    t.equal(stdout, printableLines(stdout))
  }
  t.equal((await shown(torrent)).name, evil, 'and JSON still says what it was')
})

const files = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, i) => [String(100 + i), { '': { length: 0 } }]))

t.test('what is no torrent is said in one sentence', async (t) => {
  const info = { length: 1, name: 'x', 'piece length': 16384, pieces: Buffer.alloc(20) }
  const cases: Array<[input: Buffer | string, says: string]> = [
    ['', 'it ends too early'],
    ['<html>', 'it is not bencoded'],
    ['i1e', 'it is no dictionary'],
    ['le', 'it is no dictionary'],
    ['de', 'it has no info dictionary'],
    ['d4:infoi1ee', 'it has no info dictionary'],
    [ours().subarray(0, 200), 'it ends too early'],
    ['9999999999:', 'it ends too early'],
    ['d3:foo99999999999999999999:', 'it is not bencoded at byte 6'],
    ['d1:ai1ei2ee', 'it is not bencoded at byte 7'],
    ['d1:ai1e1:ai2ee', 'it has a key twice in one dictionary'],
    ['d1:ai-0ee', 'it has no integer at byte 4'],
    [`d1:ai${'9'.repeat(30)}ee`, 'it has no integer at byte 4'],
    ['l'.repeat(1_000_000), 'it is nested deeper than 100 levels'],
    ['d1:a'.repeat(1_000_000), 'it is nested deeper than 100 levels'],
    [Buffer.concat([Buffer.from('d1:al'), Buffer.alloc(10_000_000, 'le'), Buffer.from('ee')]), 'it holds more than 2,000,000 values'],
    [encoded({ 'announce-list': Array.from({ length: 10_001 }, () => ['udp://x']), info }), 'it names more than 10,000 trackers'],
    [encoded({ info, 'url-list': Array.from({ length: 10_001 }, () => 'http://x') }), 'it names more than 10,000 web seeds'],
    [encoded({ info: { name: 'x', 'piece length': 16384, 'meta version': 2, 'file tree': { ['n'.repeat(1_000_000)]: files(70) } } }), 'the paths of its files have more than 67,108,864 characters'],
    [encoded({ info: { ...info, pieces: Buffer.alloc(19) } }), 'its pieces and its size do not belong together'],
    [encoded({ info: { ...info, pieces: Buffer.alloc(40) } }), 'its pieces and its size do not belong together'],
    [encoded({ info: { ...info, pieces: 'x', 'meta version': 2 } }), 'its pieces and its size do not belong together'],
    [encoded({ info: { ...info, pieces: 1 } }), 'it has no pieces'],
    [encoded({ info: { ...info, length: -1 } }), 'a file of it has no length'],
    [encoded({ info: { ...info, 'piece length': 0 } }), 'it has no piece length'],
    [encoded({ info: { ...info, 'piece length': -16384 } }), 'it has no piece length'],
    [encoded({ info: { ...info, files: [{ length: 1 }] } }), 'a file of it has no path'],
    [encoded({ info: { name: 'x', 'piece length': 16384, 'meta version': 2, 'file tree': { x: 1 } } }), 'its file tree is none']
  ]
  for (const [input, says] of cases) {
    const { code, stdout, stderr } = await show(input)
    t.same([code, stdout], [1, ''], says)
    t.match(stderr, /^object-torrent: standard input is no torrent: [^\n]+\.\n$/)
    t.match(stderr, says)
  }
})

t.test('optional fields of the wrong kind are left out', async (t) => {
  const info = { length: 1, 'piece length': 16384, pieces: Buffer.alloc(20), name: 7, private: 'yes' }
  const seen = await shown(encoded({ info, announce: 5, 'announce-list': 'x', 'url-list': 3, 'creation date': 9_000_000_000_000_000, comment: [], 'created by': {} }))
  t.match(seen, { name: '', trackers: [], webSeeds: [], private: false })
  for (const key of ['creationDate', 'comment', 'createdBy']) t.notOk(key in seen, key)
  t.equal((await show(encoded({ info, 'url-list': '' }))).code, 0)
})

t.test('files that are none', async (t) => {
  const dir = t.testdir({ directory: {} })
  const cases: Array<[path: string, says: RegExp]> = [
    [join(dir, 'missing'), /^object-torrent: There is no file \S+missing\.\n$/],
    [join(dir, 'directory'), /directory is a directory; name a \.torrent file\.\n$/],
    ['/dev/zero', /^object-torrent: \/dev\/zero is larger than any torrent is read here \(67\.1 MB\)\.\n$/]
  ]
  for (const [path, says] of cases) {
    const { code, stderr } = await runInProcess(['show', path])
    t.equal(code, 1, path)
    t.match(stderr, says)
  }
  t.equal((await runInProcess(['show'])).code, 2)
})
