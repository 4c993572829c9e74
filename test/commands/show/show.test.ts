import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { metainfoOf } from '../../support/metainfo.js'
import type { SingleFields } from '../../support/metainfo.js'
import { printableLines } from '../../../src/util/unprintable.js'
import { runClient } from '../../support/clients.js'
import { readTorrent } from '../../support/libtorrent.js'
import { parsed } from '../../support/pieces.js'
import { need, programPath } from '../../support/programs.js'
import { inRepo } from '../../support/repo-root.js'
import { selfSigned } from '../../support/self-signed.js'
import { runInProcess } from '../run-in-process.js'

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

function ours (fields: Partial<SingleFields> = {}): Buffer {
  return metainfoOf({
    announce: [],
    creationDate: new Date('2024-02-29T12:34:56Z'),
    length: 100_000,
    name: 'film.mkv',
    pieceLength: 16384,
    urlList: [],
    ...fields
  })
}

/** Bencodes what tests need. */
function encoded (value: unknown): Buffer {
  if (typeof value === 'number') return Buffer.from(`i${value}e`)
  if (typeof value === 'string' || Buffer.isBuffer(value)) {
    return Buffer.concat([Buffer.from(`${Buffer.byteLength(value)}:`), Buffer.from(value as string)])
  }
  if (Array.isArray(value)) return Buffer.concat([Buffer.from('l'), ...value.map(encoded), Buffer.from('e')])
  const entries = Object.entries(value as object).sort(([a], [b]) => a < b ? -1 : 1)
  return Buffer.concat(
    [Buffer.from('d'), ...entries.flatMap(([key, entry]) => [encoded(key), encoded(entry)]), Buffer.from('e')]
  )
}

const V2_TREE = {
  a: { 'one.bin': { '': { length: 20_000, 'pieces root': Buffer.alloc(32, 1) } } },
  'two.bin': { '': { length: 5, 'pieces root': Buffer.alloc(32, 2) } }
}
const v2 = encoded({
  info: { name: 'folder', 'piece length': 16384, 'meta version': 2, 'file tree': V2_TREE }, 'piece layers': {}
})
const v1Files = [
  { length: 20_000, path: ['a', 'one.bin'] },
  { length: 12_768, path: ['.pad', '12768'], attr: 'p' },
  { length: 5, path: ['two.bin'] }
]
const hybrid = encoded({
  info: {
    name: 'folder',
    'piece length': 16384,
    'meta version': 2,
    'file tree': V2_TREE,
    files: v1Files,
    pieces: Buffer.alloc(60, 3)
  },
  'piece layers': {}
})

const multiFile = encoded({
  announce: 'http://one.example/announce',
  'announce-list': [['http://one.example/announce'], ['udp://two.example:1']],
  comment: 'a comment',
  'created by': 'mktorrent 1.1',
  'creation date': 1_700_000_000,
  info: {
    files: [{ length: 30_000, path: ['one.bin'] }, { length: 30_001, path: ['b', 'two.bin'] }],
    name: 'folder',
    'piece length': 32768,
    pieces: Buffer.alloc(40, 5),
    private: 1
  }
})

t.test('as libtorrent, parse-torrent and transmission-show read it', async (t) => {
  const torrents = {
    ours: ours({
      announce: [['http://one.example/announce', 'udp://two.example:6969'], ['wss://three.example/']],
      urlList: ['https://cdn.example/film.mkv']
    }),
    'ours with bucket and key': ours({ origin: { bucket: 'media', key: 'a/film.mkv' } }),
    "S3's own of 2010": readFileSync(inRepo('test/torrent/s3-2010.torrent')),
    'several files, private': multiFile
  }
  for (const [what, torrent] of Object.entries(torrents)) {
    const seen = await shown(torrent)
    const web = await parsed(torrent)
    t.match(seen, {
      infoHash: web.infoHash,
      name: web.name,
      size: web.length,
      pieceLength: web.pieceLength,
      pieces: web.pieces.length,
      private: web.private === true,
      createdBy: web.createdBy,
      comment: web.comment
    }, what)
    t.equal(seen.creationDate, web.created?.toISOString())
    t.strictSame([...seen.trackers.flat()].sort(), [...web.announce].sort())
    t.strictSame(seen.webSeeds, web.urlList)
    t.equal((await parsed(seen.magnet)).infoHash, web.infoHash, 'the magnet link')
    if (need(t, 'python-libtorrent')) {
      const view = await readTorrent(torrent)
      if ('error' in view) throw new Error(view.error)
      // BEP 12: libtorrent shuffles the trackers of a tier as it reads them.
      const tiers = (trackers: Array<{ url: string, tier: number }>): string[] => trackers.map(
        ({ url, tier }) => `${tier} ${url}`
      ).sort()
      t.strictSame(
        tiers(seen.trackers.flatMap((urls, tier) => urls.map((url) => ({ url, tier })))), tiers(view.trackers), 'tiers'
      )
      t.strictSame(
        [seen.infoHash, seen.name, seen.size, seen.files.map(({ length }) => length)],
        [view.infoHash, view.name, view.size, view.files.map(({ size }) => size)]
      )
    }
    if (need(t, 'transmission-show')) {
      const file = join(t.testdir({}), 'given.torrent')
      writeFileSync(file, torrent)
      t.match(
        (await runClient(programPath('transmission-show'), [file], { seconds: 20 })).output, `Hash: ${seen.infoHash}`
      )
    }
  }
})

t.test('a hybrid whose halves are of different files is none', async (t) => {
  for (const files of [
    [{ length: 20_000, path: ['a', 'one.bin'] }, { length: 12_773, path: ['two.bin'] }],
    [{ length: 20_005, path: ['one.bin'] }, { length: 12_764, path: ['.pad', 'x'], attr: 'p' }]
  ]) {
    const torrent = encoded({
      info: {
        name: 'folder',
        'piece length': 16384,
        'meta version': 2,
        'file tree': V2_TREE,
        files,
        pieces: Buffer.alloc(60, 3)
      },
      'piece layers': {}
    })
    t.match(await show(torrent), { code: 1, stdout: '', stderr: /do not describe the same files/ })
  }
})

t.test('version 2 and hybrid ones', async (t) => {
  for (const [torrent, version] of [[v2, '2'], [hybrid, 'hybrid']] as const) {
    const seen = await shown(torrent)
    t.match(seen, {
      version,
      name: 'folder',
      size: 20_005,
      files: [{ path: 'a/one.bin', length: 20_000 }, { path: 'two.bin', length: 5 }],
      pieces: 3
    })
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
  const { stdout, code } = await show(ours({
    announce: [['http://one.example/a', 'udp://two.example:1'], ['wss://three.example/']],
    urlList: ['https://cdn.example/film.mkv']
  }))
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
magnet        magnet:?xt=urn:btih:HASH&dn=film.mkv&xl=100000&tr=http%3A%2F%2Fone.example%2Fa${''
}&tr=udp%3A%2F%2Ftwo.example%3A1&tr=wss%3A%2F%2Fthree.example%2F&ws=https%3A%2F%2Fcdn.example%2Ffilm.mkv
`)
  const several = (await show(multiFile)).stdout
  t.match(several, /^files {9}2 files$\n^ {14}├── one\.bin {2}\(30\.0 kB\)$\n^ {14}└── b\/ {2}\(30\.0 kB\)$\n^ {18}└── two\.bin {2}\(30\.0 kB\)$/m)
  t.match(several, /^private {7}yes: peers come from its trackers alone \(BEP 27\)$/m)
})

function treeOf (stdout: string): string[] {
  const lines = stdout.split('\n')
  const first = lines.findIndex((line) => line.startsWith('files'))
  const rest = lines.slice(first + 1)
  return rest.slice(0, rest.findIndex((line) => !line.startsWith(' '))).map((line) => line.slice(14))
}

const folderOf = (files: Array<{ length: number, path: string[], attr?: string }>): Buffer => encoded({
  info: {
    files,
    name: 'set',
    'piece length': 2 ** 20,
    pieces: Buffer.alloc(Math.ceil(files.reduce((sum, { length }) => sum + length, 0) / 2 ** 20) * 20)
  }
})

t.test('the files of a folder are a tree, in the order of the torrent', async (t) => {
  const { stdout } = await show(folderOf([
    { length: 1, path: ['z', 'b', 'one'] },
    { length: 20, path: ['a'] },
    { length: 4_000, path: ['.pad', '4000'], attr: 'p' },
    { length: 300, path: ['z', 'a'] },
    { length: 0, path: ['z', 'b', 'empty'] },
    { length: 0, path: ['z', 'link'], attr: 'l' },
    { length: 5, path: ['a'] },
    { length: 6, path: ['a', 'in a file'] },
    { length: 7, path: ['last', '\u202E'] }
  ]))
  t.strictSame(treeOf(stdout), [
    '├── z/  (301 bytes)',
    '│   ├── b/  (1 bytes)',
    '│   │   ├── one  (1 bytes)',
    '│   │   └── empty  (0 bytes)',
    '│   ├── a  (300 bytes)',
    '│   └── link (a link)  (0 bytes)',
    '├── a  (20 bytes)',
    '├── a  (5 bytes)',
    '├── a/  (6 bytes)',
    '│   └── in a file  (6 bytes)',
    '└── last/  (7 bytes)',
    '    └── \\u202e  (7 bytes)'
  ])
})

t.test('of many files some are shown, and all are in the sums', async (t) => {
  const many = Array.from({ length: 1_000 }, (_, i) => ({ length: 10, path: [`d${i % 3}`, `f${i}`] }))
  const { stdout } = await show(folderOf([...many, { length: 1, path: ['new', 'x'] }]))
  const tree = treeOf(stdout)
  t.equal(tree.filter((line) => /f\d+ {2}\(10 bytes\)$/.test(line)).length, 20)
  t.strictSame(tree.filter((line) => !/f\d+/.test(line)), [
    '├── d0/  (3.3 kB)', '│   └── …', '├── d1/  (3.3 kB)', '│   └── …', '├── d2/  (3.3 kB)', '│   └── …', '└── …',
    '… and 981 files more; --json names all'
  ])
  const deep = await show(folderOf([{ length: 1, path: 'x'.repeat(2_000).split('') }]))
  t.equal(treeOf(deep.stdout).length, 33)
})

t.test('nothing in a torrent reaches the terminal as a command', async (t) => {
  const evil = 'a\u001B]0;owned\u0007\u009B31m\r\n\u202Eb\u007F inv\u061Coice\u200B\u2060\u00AD\u3164\u{E0041}fdp.exe'
  const torrent = encoded({
    announce: evil,
    'announce-list': [[evil]],
    comment: evil,
    'created by': evil,
    info: { files: [{ length: 1, path: [evil] }], name: evil, 'piece length': 16384, pieces: Buffer.alloc(20) },
    'url-list': [evil]
  })
  for (const flags of [[], ['--json']]) {
    const { stdout, code } = await show(torrent, ...flags)
    t.equal(code, 0)
    t.equal(stdout, printableLines(stdout))
  }
  t.equal((await shown(torrent)).name, evil, 'and JSON still says what it was')
})

/** An info dictionary of values that are bencoded already where they are bytes, but for `pieces`. */
function raw (info: object): Buffer {
  const entries = Object.entries(info).sort(([a], [b]) => a < b ? -1 : 1)
  return Buffer.concat([
    Buffer.from('d4:infod'),
    ...entries.flatMap(
      ([key, value]) => [encoded(key), key !== 'pieces' && Buffer.isBuffer(value) ? value : encoded(value)]
    ),
    Buffer.from('ee')
  ])
}

const files = (count: number): object => Object.fromEntries(
  Array.from({ length: count }, (_, i) => [String(100 + i), { '': { length: 0 } }])
)

t.test('what is no torrent is said in one sentence', async (t) => {
  const info = { length: 1, name: 'x', 'piece length': 16384, pieces: Buffer.alloc(20) }
  const cases: Array<[input: Buffer | string, says: string]> = [
    ['', 'it ends too early'],
    ['<htm', 'it is not bencoded'],
    [
      '<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
      "it is a store's listing"
    ],
    [' <!DOCTYPE html><title>', 'it is a web page'],
    ['<?xml version="1.0"?>\n<!-- x --><html xmlns="http://www.w3.org/1999/xhtml">', 'it is a web page'],
    [
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
      '<Error><Code>NoSuchKey</Code><Message>There is &lt;none&gt;.</Message><Key>\u001B[31m</Key></Error>',
      'it is an S3 error, "There is <none>." (NoSuchKey)'
    ],
    ['<Error><Code>X\u009B</Code></Error>', 'it is an S3 error, "no message" (X\\u009b)'],
    [`<Error>${'<a>'.repeat(300_000)}`, 'it is not bencoded'],
    [
      `<!DOCTYPE x [<!ENTITY a "${'a'.repeat(999)}"><!ENTITY b ` +
      `"${'&a;'.repeat(999)}">]><Error><Code>&b;</Code></Error>`,
      'it is'
    ],
    ['i1e', 'it is no dictionary'],
    ['le', 'it is no dictionary'],
    ['de', 'it has no info dictionary'],
    ['d4:infoi1ee', 'it has no info dictionary'],
    [ours().subarray(0, 200), 'it ends too early'],
    ['9999999999:', 'it ends too early'],
    ['d3:foo99999999999999999999:', 'it is not bencoded at byte 6'],
    ['d1:ai1ei2ee', 'it is not bencoded at byte 7'],
    ['d1:ai1e1:ai2ee', 'it has a key twice in one dictionary'],
    ['d1:ai-ee', 'it has no integer at byte 4'],
    ['d1:aiee', 'it has no integer at byte 4'],
    ['d1:ai1.5ee', 'it has no integer at byte 4'],
    [`d1:ai${'9'.repeat(1_000_000)}`, 'it has no integer at byte 4'],
    [`d1:ai${'9'.repeat(1_000_000)}ee`, 'it has no info dictionary'],
    ['l'.repeat(1_000_000), 'it is nested deeper than 100 levels'],
    ['d1:a'.repeat(1_000_000), 'it is nested deeper than 100 levels'],
    [
      Buffer.concat([Buffer.from('d1:al'), Buffer.alloc(10_000_000, 'le'), Buffer.from('ee')]),
      'it holds more than 2,000,000 values'
    ],
    [
      encoded({ 'announce-list': Array.from({ length: 10_001 }, () => ['udp://x']), info }),
      'it names more than 10,000 trackers'
    ],
    [
      encoded({ info, 'url-list': Array.from({ length: 10_001 }, () => 'http://x') }),
      'it names more than 10,000 web seeds'
    ],
    [
      encoded({
        info: {
          name: 'x', 'piece length': 16384, 'meta version': 2, 'file tree': { ['n'.repeat(1_000_000)]: files(70) }
        }
      }),
      'the paths of its files have more than 67,108,864 characters'
    ],
    [encoded({ info: { ...info, pieces: Buffer.alloc(19) } }), 'its pieces and its size do not belong together'],
    [encoded({ info: { ...info, pieces: Buffer.alloc(40) } }), 'its pieces and its size do not belong together'],
    [encoded({ info: { ...info, pieces: 'x', 'meta version': 2 } }), 'its pieces and its size do not belong together'],
    [encoded({ info: { ...info, pieces: 1 } }), 'it has no pieces'],
    [raw({ ...info, length: Buffer.from(`i${'9'.repeat(30)}e`) }), 'a file of it has no length'],
    [
      encoded({ info, httpseeds: Array.from({ length: 10_001 }, () => 'http://x') }),
      'it names more than 10,000 HTTP seeds'
    ],
    [encoded({ info, nodes: Array.from({ length: 10_001 }, () => ['h', 1]) }), 'it names more than 10,000 nodes'],
    [encoded({ info: { ...info, length: -1 } }), 'a file of it has no length'],
    [encoded({ info: { ...info, 'piece length': 0 } }), 'it has no piece length'],
    [encoded({ info: { ...info, 'piece length': -16384 } }), 'it has no piece length'],
    [encoded({ info: { ...info, files: [{ length: 1 }] } }), 'a file of it has no path'],
    [
      encoded({ info: { name: 'x', 'piece length': 16384, 'meta version': 2, 'file tree': { x: 1 } } }),
      'its file tree is none'
    ]
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
  const seen = await shown(encoded({
    info,
    announce: 5,
    'announce-list': 'x',
    'url-list': 3,
    'creation date': 9_000_000_000_000_000,
    comment: [],
    'created by': {}
  }))
  t.match(seen, { name: '', trackers: [], webSeeds: [], private: false })
  for (const key of ['creationDate', 'comment', 'createdBy']) t.notOk(key in seen, key)
  t.equal((await show(encoded({ info, 'url-list': '' }))).code, 0)
})

t.test('files that are none', async (t) => {
  const dir = t.testdir({ directory: {} })
  const cases: Array<[path: string, says: RegExp]> = [
    [join(dir, 'missing'), /^object-torrent: There is no file \S+missing\.\n$/],
    [join(dir, 'directory'), /directory is a directory; name a \.torrent file\.\n$/],
    [
      's3://bucket/x.torrent',
      /^object-torrent: There is no file s3:\/\/bucket\/x\.torrent; a torrent is a file, an http\(s\) URL, or - for standard input\.\n$/
    ],
    ['/dev/zero', /^object-torrent: \/dev\/zero is larger than any torrent is read here \(67\.1 MB\)\.\n$/]
  ]
  for (const [path, says] of cases) {
    const { code, stderr } = await runInProcess(['show', path])
    t.equal(code, 1, path)
    t.match(stderr, says)
  }
  t.equal((await runInProcess(['show'])).code, 2)
})

const old = { length: 1, name: 'x', 'piece length': 16384, pieces: Buffer.alloc(20, 1) }

t.test('what torrents of twenty years hold', async (t) => {
  const PAD = '_____padding_file_0_if you see this file, please update to BitComet 0.85 or above____'
  const bitcomet = encoded({
    info: {
      ...old,
      files: [
        { length: 10, path: ['a'] },
        { length: 16374, path: [PAD] },
        { length: 5, path: ['b', 'c'] },
        { length: 9, path: ['b', PAD.replace('0', '1')] }
      ],
      pieces: Buffer.alloc(40)
    }
  })
  const seen = await shown(bitcomet)
  t.match(seen, { size: 15, files: [{ path: 'a', length: 10 }, { path: 'b/c', length: 5 }], pieces: 2 })
  t.equal(seen.files.length, 2, "BitComet's padding is hidden")

  const told = encoded({
    info: { ...old, source: 'SITE' },
    httpseeds: ['http://s.example/seed'],
    nodes: [['router.example', 6881], ['2001:db8::1', 1], ['x'], 5, ['y', 'z']],
    'announce-list': ['http://flat.example/a', ['', 'udp://two.example:1'], []],
    publisher: 'somebody',
    azureus_properties: { dht_backup_enable: 1 }
  })
  const { stdout } = await show(told)
  t.match(
    stdout,
    /^web seeds {5}none\nhttp seeds {4}http:\/\/s\.example\/seed {2}\(BEP 17\)\ndht nodes {5}router\.example:6881\n {14}\[2001:db8::1\]:1\n/m
  )
  t.match(stdout, /^source {8}SITE$/m)
  t.match(await shown(told), {
    httpSeeds: ['http://s.example/seed'],
    nodes: ['router.example:6881', '[2001:db8::1]:1'],
    source: 'SITE',
    trackers: [['http://flat.example/a'], ['udp://two.example:1']]
  })
  t.match(await shown(encoded({ info: old, httpseeds: 'http://one.example/', announce: ['http://list.example/a'] })), {
    httpSeeds: ['http://one.example/'], trackers: [['http://list.example/a']]
  })
})

t.test('integers of any size and sign, and fields of other types', async (t) => {
  const huge = Buffer.from(`i${'9'.repeat(40)}e`)
  t.match(await shown(raw({ ...old, private: huge, x: huge, y: Buffer.from('i-0e'), z: Buffer.from('i007e') })), {
    size: 1, private: false
  })
  const at = async (date: string) => (await shown(
    Buffer.concat([Buffer.from(`d13:creation date${date}`), encoded({ info: old }).subarray(1)])
  )).creationDate
  t.strictSame(await Promise.all(
    ['i-1e', 'i0e', 'i-62135596801e', `i${'9'.repeat(40)}e`, 'i99999999999e', '4:2004', 'le'].map(at)
  ),
  [
    '1969-12-31T23:59:59.000Z', '1970-01-01T00:00:00.000Z', '0000-12-31T23:59:59.000Z', undefined,
    '5138-11-16T09:46:39.000Z', undefined, undefined
  ])
  for (const value of [1, [], {}, '', 'x', [[]], [{}], [1, [2]]]) {
    const keys = [
      'announce', 'announce-list', 'url-list', 'httpseeds', 'nodes', 'comment', 'created by', 'creation date',
      'encoding', 'codepage', 'comment.utf-8', 'source'
    ]
    const odd = Object.fromEntries(keys.map((key) => [key, value]))
    const { code, stderr } = await show(encoded({
      ...odd,
      info: { ...old, ...odd, name: value, 'name.utf-8': value, private: value, 'meta version': value, md5sum: value }
    }))
    t.equal(code, 0, `${JSON.stringify(value)} ${stderr}`)
    t.equal((await show(encoded({
      ...odd,
      info: {
        name: 'x',
        'piece length': 16384,
        pieces: '',
        files: [{ length: 0, path: 'a', 'path.utf-8': value, attr: value }]
      }
    }))).code, 0)
  }
})

// The bytes are Python's: '电影'.encode('gbk') and so on.
t.test('texts before everybody wrote UTF-8', async (t) => {
  const cases: Array<[encoding: object, bytes: string, text: string]> = [
    [{ encoding: 'GBK' }, 'b5e7d3b0', '\u7535\u5F71'],
    [{ codepage: 936 }, 'b5e7d3b0', '\u7535\u5F71'],
    [{ encoding: 'CP936' }, 'b5e7d3b0', '\u7535\u5F71'],
    [{ encoding: 'Shift_JIS' }, '836583588367', '\u30C6\u30B9\u30C8'],
    [{ encoding: 'windows-1251' }, 'cff0e8e2e5f2', '\u041F\u0440\u0438\u0432\u0435\u0442'],
    [{ codepage: 1251 }, 'cff0e8e2e5f2', '\u041F\u0440\u0438\u0432\u0435\u0442'],
    [{ encoding: 'BIG5' }, 'b971bc76', '\u96FB\u5F71'],
    [{ encoding: 'UTF-8' }, 'b5e7', '\uFFFD\uFFFD'],
    [{ encoding: 'no such' }, 'b5e7', '\uFFFD\uFFFD'],
    [{ encoding: 'GBK' }, 'e99bbb', '\u96FB']
  ]
  for (const [encoding, hex, text] of cases) {
    const bytes = Buffer.from(hex, 'hex')
    const torrent = encoded({
      ...encoding,
      comment: bytes,
      info: { name: bytes, 'piece length': 16384, pieces: Buffer.alloc(20), files: [{ length: 1, path: [bytes, 'x'] }] }
    })
    const seen = await shown(torrent)
    t.match(seen, { name: text, comment: text, files: [{ path: `${text}/x` }] }, JSON.stringify(encoding))
    t.ok(seen.magnet.includes(encodeURIComponent(text)))
    if (need(t, 'python-libtorrent')) {
      const view = await readTorrent(torrent)
      t.equal('error' in view ? view.error : view.infoHash, seen.infoHash, 'as libtorrent has its hash')
    }
  }
  const both = encoded({
    encoding: 'GBK',
    comment: Buffer.from('b5e7', 'hex'),
    'comment.utf-8': '\u96FB',
    info: {
      ...old,
      name: Buffer.from('b5e7', 'hex'),
      'name.utf-8': '\u96FB\u5F71',
      files: [{ length: 1, path: ['?'], 'path.utf-8': ['\u5F71', 'y'] }]
    }
  })
  t.match(
    await shown(both),
    { name: '\u96FB\u5F71', comment: '\u96FB', files: [{ path: '\u5F71/y' }] },
    'what is beside it in UTF-8'
  )
  const evil = encoded({ encoding: 'iso-8859-1', info: { ...old, name: Buffer.from('9b33316d9d', 'hex') } })
  t.equal((await show(evil)).stdout, printableLines((await show(evil)).stdout))
})

t.test('compressed, as sites kept them', async (t) => {
  t.equal((await shown(gzipSync(ours()))).name, 'film.mkv')
  t.match(
    (await show(gzipSync(Buffer.alloc(70_000_000)))).stderr, 'standard input is larger than any torrent is read here'
  )
  t.match((await show(gzipSync(ours()).subarray(0, 50))).stderr, 'standard input is compressed (gzip) and damaged.')
})

t.test('magnet links', async (t) => {
  const hex = '96ad26d6f329104dc829a22968c60724e02129b9'
  const base32 = 'S2WSNVXTFEIE3SBJUIUWRRQHETQCCKNZ'
  const v2 = 'ab'.repeat(32)
  const full =
    `magnet:?xt=urn:btih:${hex}&dn=a%20film+%C3%BC.mkv&xl=300000&tr=http%3A%2F%2Fone.example%2Fa&` +
    'tr.1=udp%3A%2F%2Ftwo.example%3A1&ws=https%3A%2F%2Fcdn.example%2Fa&xs=http%3A%2F%2Fone.example%2Fa.torrent&' +
    'x.pe=192.0.2.1:6881&so=0,2,6-8&x.other=1'
  const cases = [
    full,
    `magnet:?xt=urn:btih:${hex.toUpperCase()}`,
    `magnet:?dn=x&xt=urn:btih:${base32}`,
    `magnet:?xt=urn:btih:${base32.toLowerCase()}`,
    `MAGNET:?xt.1=urn:btih:${hex}&amp;dn=x`,
    `magnet:?xt=urn:btih:${hex}&xt=urn:btmh:1220${v2}`,
    `magnet:?xt=urn:btmh:1220${v2}`,
    ` magnet:?xt=urn:btih:${hex}&dn=%zz%ff\n`
  ]
  for (const link of cases) {
    const { stdout, stderr, code } = await runInProcess(['show', link, '--json'])
    t.equal(code, 0, `${link} ${stderr}`)
    const seen = JSON.parse(stdout) as Shown
    t.equal(seen.infoHash, link.includes('btih') ? hex : undefined)
    t.equal(seen.infoHashV2, link.includes('btmh') ? v2 : undefined)
    if (need(t, 'python-libtorrent')) {
      const read = await runClient(
        programPath('python-libtorrent'),
        [
          '-c',
          'import libtorrent as lt, sys\nfor link in sys.argv[1:]:\n  h = lt.parse_magnet_uri(link).info_hashes\n' +
          '  print(h.v1, h.v2)',
          seen.magnet
        ],
        { seconds: 20 }
      )
      t.equal(
        read.stdout.trim(),
        `${seen.infoHash ?? '0'.repeat(40)} ${seen.infoHashV2 ?? '0'.repeat(64)}`,
        'what we make of it, as libtorrent reads it'
      )
    }
  }
  t.match(JSON.parse((await runInProcess(['show', full, '--json'])).stdout), {
    name: 'a film \u00FC.mkv',
    size: 300_000,
    trackers: ['http://one.example/a', 'udp://two.example:1'],
    webSeeds: [
      'https://cdn.example/a'
    ],
    torrentUrls: ['http://one.example/a.torrent'],
    peers: ['192.0.2.1:6881'],
    selectedFiles: '0,2,6-8'
  })
  t.match(await parsed(full), { infoHash: hex, urlList: ['https://cdn.example/a'] }, 'as WebTorrent reads it')
  t.match(
    (await show(full)).stdout,
    /^magnet link {3}the rest comes from peers[^]*^name {10}a film ü\.mkv\nsize {10}300\.0 kB \(300,000 bytes\)\ninfo hash {5}96ad/m,
    'on standard input, too'
  )
  const { stdout } = await runInProcess(['show', `magnet:?xt=urn:btih:${hex}&dn=%1B%5B31m%E2%80%AE&tr=%0A`])
  t.equal(stdout, printableLines(stdout))
  for (const [link, says] of [
    ['magnet:', 'names no torrent: it has neither'], ['magnet:?xt=urn:btih:zz', 'names no torrent'],
    ['magnet:?xt=urn:ed2k:31D6CFE0D16AE931B73C59D7E0C089C0', 'names no torrent'],
    [`magnet:?xt=urn:btih:${hex}&xt.2=urn:btih:${hex.replace('9', '8')}`, 'names 2 torrents'],
    [`magnet:?xt=urn:btih:${hex}${'&tr=x'.repeat(10_001)}`, 'holds more than 10,000 values'],
    [`magnet:?dn=${'x'.repeat(1_100_000)}`, 'has more than 1,048,576 characters']
  ] as const) {
    t.match(
      await runInProcess(['show', link]),
      { code: 1, stdout: '', stderr: new RegExp(`^object-torrent: The magnet link ${says}[^\\n]*\\.\\n$`) },
      link.slice(0, 60)
    )
  }
})

t.test('by URL', async (t) => {
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    if (path === '/a.torrent') response.setHeader('content-type', 'text/html').end(ours())
    else if (path === '/zipped') response.setHeader('content-encoding', 'gzip').end(gzipSync(ours()))
    else if (path === '/moved') response.writeHead(302, { location: '/a.torrent' }).end()
    else if (path === '/user') {
      response.writeHead(
        request.headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}` ? 200 : 401
      ).end(ours())
    } else if (path === '/loop') response.writeHead(302, { location: `/loop?${Math.random()}` }).end()
    else if (path === '/same') response.writeHead(302, { location: '/same' }).end()
    else if (path === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end()
    else if (path === '/bad') response.writeHead(302, { location: 'http://[' }).end()
    else if (path === '/page') response.setHeader('content-type', 'text/html').end('<!doctype html><title>x</title>')
    else if (path === '/s3') {
      response.writeHead(403).end(
        '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access &lt;Denied&gt; ' +
      '\u001B[31m.</Message></Error>'
      )
    } else if (path === '/busy') response.writeHead(503).end('x')
    else if (path === '/broken') response.writeHead(200, { 'content-length': 1000 }).end('d', () => response.destroy())
    else if (path === '/endless') response.write(Buffer.alloc(70_000_000, 'd1:a'))
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const path of ['/a.torrent?torrent', '/zipped', '/moved']) {
    t.match(await runInProcess(['show', url + path]), { code: 0, stderr: '', stdout: /^name {10}film\.mkv$/m }, path)
  }
  t.equal((await runInProcess(['show', `${url.replace('//', '//me:secret@')}/user`])).code, 0)
  const lost = 'it sends elsewhere, and that leads nowhere.'
  for (const [place, says] of [
    ['/none?X-Amz-Signature=secret', '/none?… answers 404: there is nothing.'],
    ['/user', 'answers 401: it may not be read.'], ['/loop', lost], ['/same', lost], ['/file', lost], ['/bad', lost],
    ['/page', 'is no torrent: it is a web page; copy the link to the .torrent on it.'],
    ['/s3', 'answers 403: Access <Denied> \\u001b[31m (AccessDenied).'],
    ['/busy', 'answers 503: the server is busy; try again later.'],
    ['/broken', 'cannot be read: it broke the connection off (ECONNRESET); try again.'],
    ['/endless', 'is larger than any torrent is read here (67.1 MB).'],
    ['http://me:secret%zz@127.0.0.1/', 'has a % that is no escape'], ['http://[', '"http://[" is no URL.'],
    ['http://127.0.0.1:1/a', 'cannot be read: nobody listens there (ECONNREFUSED); try again.'],
    [`${url.replace('http', 'https')}/a`, 'it does not speak TLS; is it http://?'],
    ['http://no-such-host.invalid/a', 'its host is not known']
  ] as const) {
    const { code, stdout, stderr } = await runInProcess(['show', place.startsWith('/') ? url + place : place])
    t.ok(code > 0 && stdout === '', place)
    t.match(stderr, /^object-torrent: [^\n]+\.\n$/)
    t.match(stderr, says)
    t.notMatch(stderr, 'secret')
  }
  const certified = selfSigned(t, t.testdir({}))
  if (certified === undefined) return
  const secure = createTlsServer(certified, (_, response) => { response.end(ours()) }).listen(0, '127.0.0.1')
  t.teardown(() => { secure.closeAllConnections(); secure.close() })
  await once(secure, 'listening')
  const { stderr } = await runInProcess(['show', `https://127.0.0.1:${(secure.address() as AddressInfo).port}/a`])
  t.match(
    stderr,
    'its certificate is self-signed; if it is the right one, name it in AWS_CA_BUNDLE ' +
    '(DEPTH_ZERO_SELF_SIGNED_CERT); try again.'
  )
})
