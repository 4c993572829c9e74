import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import bencode from 'bencode'
import t from 'tap'
import type { Test } from 'tap'
import { runCommand } from '../support/command.js'
import { contentAt } from '../support/content.js'
import { version2Torrent } from '../support/version2.js'

// Torrents that no good program makes, or none of today.

const PIECE = 16 * 1024
const sha1 = (bytes: Buffer): Buffer => createHash('sha1').update(bytes).digest()

interface Entry { path: string[] | string, body: Buffer, attr?: string, name?: string }

/** Of version 1, of these files in this order. */
function v1Torrent (entries: readonly Entry[], fields: object = {}): Buffer {
  const all = Buffer.concat(entries.map(({ body }) => body))
  const pieces: Buffer[] = []
  for (let at = 0; at < all.length; at += PIECE) pieces.push(sha1(all.subarray(at, at + PIECE)))
  const files = entries.map(({ path, body, attr }) => ({
    length: body.length, path, ...attr !== undefined && { attr }
  }))
  return Buffer.from(bencode.encode({
    ...fields, info: { files, name: 'set', 'piece length': PIECE, pieces: Buffer.concat(pieces) }
  }))
}

interface Told {
  ok: boolean
  badPieces: number
  badFiles: Array<{ path: string, problem: string, reason?: string, bad: Array<{ why: string }> }>
}

async function verified (
  t: Test, torrent: Buffer, cwd: string, source = 'folder'
): Promise<{ code: number | null, text: string, told: Told }> {
  writeFileSync(join(cwd, 'odd.torrent'), torrent)
  const [json, text] = await Promise.all([
    runCommand(['verify', 'odd.torrent', source, '--json'], { cwd }),
    runCommand(['verify', 'odd.torrent', source], { cwd })
  ])
  t.equal(json.code, text.code, text.stderr)
  return { code: text.code, text: text.stdout.toString(), told: JSON.parse(json.stdout.toString()) as Told }
}

t.test('nothing outside of the folder is read', async (t) => {
  const body = contentAt(1, 0, 100)
  const cwd = t.testdir({ secret: body, folder: { a: body, b: { c: body } } })
  const paths: Array<string[] | string> = [
    ['..', 'secret'], ['b', '..', '..', 'secret'], ['', ...join(cwd, 'secret').split('/').slice(1)],
    [join(cwd, 'secret')], ['../secret'], ['b/../../secret'],
    ['.', 'a'], ['b', '', 'c'], ['b/c'], [], [''], ['a\0'], '../secret'
  ]
  const torrent = v1Torrent([{ path: ['a'], body }, ...paths.map((path) => ({ path, body }))])
  const { code, told, text } = await verified(t, torrent, cwd)
  t.equal(code, 1)
  t.same(told.badFiles.map(({ problem }) => problem), ['unchecked', ...paths.map(() => 'outside')])
  t.match(text, '  ../secret: its path is none that stays in a folder: not read\n')
  t.equal(text.includes('\0'), false)
})

t.test('pads of BitComet, links, and old texts', async (t) => {
  const one = contentAt(1, 0, 100)
  const two = contentAt(2, 0, PIECE + 1)
  const cwd = t.testdir({ folder: { 电影: { 电影: one }, two } })
  const gbk = (hex: string): string => Buffer.from(hex, 'hex') as unknown as string
  const torrent = v1Torrent([
    { path: [gbk('b5e7d3b0'), gbk('b5e7d3b0')], body: one },
    { path: ['_____padding_file_0_please update to BitComet____'], body: Buffer.alloc(PIECE - 100) },
    { path: ['link'], body: Buffer.alloc(0), attr: 'l' },
    { path: ['two'], body: two },
    { path: ['.pad', '16383'], body: Buffer.alloc(PIECE - 1), attr: 'p' },
    { path: ['.pad', '40000'], body: Buffer.alloc(40_000), attr: 'p' }
  ], { encoding: 'GBK' })
  const { code, text } = await verified(t, torrent, cwd)
  t.equal(code, 0)
  t.match(text, /^folder: all 2 files are there, all 6 pieces are right, 16\.5 kB( in .*)?\n$/)
})

t.test('a torrent of nothing, and one of a file in a folder', async (t) => {
  const body = contentAt(1, 0, PIECE * 3)
  const cwd = t.testdir({ folder: { empty: '', deep: { only: body } }, other: { empty: '', only: body } })
  t.equal((await verified(t, v1Torrent([{ path: ['empty'], body: Buffer.alloc(0) }]), cwd)).code, 0)
  const gone = await verified(t, v1Torrent([{ path: ['gone'], body: Buffer.alloc(0) }]), cwd)
  t.match(gone, { code: 1, text: '  gone: it is not there\n' })
  const only = v1Torrent([{ path: ['deep', 'only'], body }])
  t.equal((await verified(t, only, cwd)).code, 0)
  t.match(
    (await verified(t, only, cwd, 'other/only')).text, /^other\/only: all 3 pieces are right/, 'the file itself was named'
  )
})

t.test('version 2 and hybrids of one file, of every length', async (t) => {
  for (const hybrid of [false, true]) {
    for (const size of [1, PIECE, PIECE + 1, 5 * PIECE + 7]) {
      const body = contentAt(3, 0, size)
      const wrong = Buffer.from(body)
      wrong.writeUInt8(wrong.readUInt8(size - 1) ^ 1, size - 1)
      const cwd = t.testdir({ right: body, wrong, short: body.subarray(1) })
      const torrent = fileTorrent(body, { hybrid })
      const pieces = Math.ceil(size / PIECE)
      t.equal((await verified(t, torrent, cwd, 'right')).code, 0, `${size}`)
      const { code, text } = await verified(t, torrent, cwd, 'wrong')
      t.same([code, text.split('\n').slice(1)], [1, [
        `  1 of ${pieces} piece${pieces === 1 ? '' : 's'} is bad (the first one is piece 0)`,
        `  piece ${pieces - 1}, bytes ${(pieces - 1) * PIECE}-${size - 1}`,
        ''
      ]])
      t.match((await verified(t, torrent, cwd, 'short')).text, `  it has ${(size - 1).toLocaleString('en')} byte`)
    }
  }
})

interface Changes {
  hybrid?: boolean
  layer?: (layer: Buffer) => Buffer | undefined
  pieces?: (pieces: Buffer) => Buffer
}

/** A .torrent of one file, with what is changed in it. */
function fileTorrent (
  body: Buffer, { hybrid = false, layer = (same) => same, pieces = (same) => same }: Changes
): Buffer {
  const { info, piecesRoot, pieceLayer } = version2Torrent(body, { pieceLength: PIECE, hybrid })
  const decoded = bencode.decode(info) as { pieces?: Uint8Array }
  if (decoded.pieces !== undefined) decoded.pieces = pieces(Buffer.from(decoded.pieces))
  const changed = body.length > PIECE ? layer(pieceLayer) : undefined
  const layers = changed === undefined
    ? []
    : [Buffer.from('32:'), piecesRoot, Buffer.from(`${changed.length}:`), changed]
  const encoded = Buffer.from(bencode.encode(decoded))
  return Buffer.concat(
    [Buffer.from('d4:info'), encoded, Buffer.from('12:piece layersd'), ...layers, Buffer.from('ee')]
  )
}

const flipped = (bytes: Buffer, at = 0): Buffer => {
  const copy = Buffer.from(bytes)
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
  return copy
}

t.test('torrents that contradict themselves', async (t) => {
  const body = contentAt(3, 0, 5 * PIECE + 7)
  const cwd = t.testdir({ right: body, wrong: flipped(body, 2 * PIECE), folder: {} })
  for (const layer of [(same: Buffer) => flipped(same), (same: Buffer) => same.subarray(32), () => Buffer.alloc(0)]) {
    for (const hybrid of [false, true]) {
      writeFileSync(join(cwd, 'lie'), fileTorrent(body, { hybrid, layer }))
      t.match(await runCommand(['verify', 'lie', 'right'], { cwd }), {
        code: 1,
        stderr: 'object-torrent: lie contradicts itself: the piece layer of file is not that of its pieces root ' +
          '(BEP 52).\n'
      })
    }
  }
  const halves = fileTorrent(body, { hybrid: true, pieces: (same) => flipped(same, 20) })
  t.match((await verified(t, halves, cwd, 'right')).text, `  1 of 6 pieces is bad (the first one is piece 0)
  piece 1, bytes ${PIECE}-${2 * PIECE - 1}, by version 1 alone: the torrent contradicts itself
`)
  const without = { layer: () => undefined }
  t.equal((await verified(t, fileTorrent(body, without), cwd, 'right')).code, 0, 'its root is enough')
  t.match(
    (await verified(t, fileTorrent(body, without), cwd, 'wrong')).text,
    `  somewhere in pieces 0-5, bytes 0-${body.length - 1}: the torrent has no hashes that tell\n`
  )
  t.match(
    (await verified(t, fileTorrent(body, { ...without, hybrid: true }), cwd, 'wrong')).text,
    `  piece 2, bytes ${2 * PIECE}-${3 * PIECE - 1}\n`,
    'version 1 tells'
  )
})

t.test('what cannot be checked is said in one sentence', async (t) => {
  const cwd = t.testdir({ folder: {} })
  mkdirSync(join(cwd, 'folder/x'))
  const file = { length: PIECE * 2, 'pieces root': Buffer.alloc(32, 1) }
  const tree = (fields: object): object => ({ a: { '': { ...file, ...fields } } })
  const pad = { length: 3, path: ['.pad', '3'], attr: 'p' }
  const info = { 'file tree': tree({}), 'meta version': 2, name: 'set', 'piece length': PIECE }
  const hybrid = {
    ...info,
    files: [{ length: 5, path: ['z'] }, { length: PIECE * 2, path: ['a'] }],
    'file tree': { ...tree({}), z: { '': { length: 5, 'pieces root': Buffer.alloc(32, 2) } } },
    pieces: Buffer.alloc(60)
  }
  const cases: Array<[info: object, says: string]> = [
    [{ ...info, 'piece length': 20_000 }, 'is no torrent: 20,000 bytes are no piece length of version 2 (BEP 52).'],
    [{ ...info, 'piece length': 2 ** 40 }, 'is no torrent: 1,099,511,627,776 bytes are no piece length of version 2'],
    [{ ...info, 'file tree': tree({ 'pieces root': 'x' }) }, 'is no torrent: a has no pieces root.'],
    [hybrid, 'contradicts itself: its halves, of version 1 and 2, do not have the same file a.'],
    [
      { ...hybrid, files: [{ length: PIECE * 2, path: ['a'] }, pad, { length: 5, path: ['z'] }] },
      'is no torrent: z does not begin at a piece (BEP 52).'
    ]
  ]
  for (const [info, says] of cases) {
    writeFileSync(join(cwd, 'odd.torrent'), Buffer.from(bencode.encode({ info, 'piece layers': {} })))
    const { code, stdout, stderr } = await runCommand(['verify', 'odd.torrent', 'folder'], { cwd })
    t.same([code, stdout.toString()], [1, ''])
    t.match(stderr, `object-torrent: odd.torrent ${says}`)
  }
  // A file of a petabyte that is not there costs nothing.
  const huge = { ...info, 'file tree': tree({ length: 2 ** 50 }) }
  t.match((await verified(t, Buffer.from(bencode.encode({ info: huge, 'piece layers': {} })), cwd)).told, {
    badFiles: [{ path: 'a', problem: 'missing' }]
  })
})
