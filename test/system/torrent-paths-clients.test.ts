import bencode from 'bencode'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { PathIndex } from '../../src/torrent/path-index.js'
import { prefixName, torrentPaths } from '../../src/torrent/torrent-paths.js'
import { runClient } from '../support/clients.js'
import { hostileKeys } from '../support/hostile-keys.js'
import { readTorrent } from '../support/libtorrent.js'
import { parsed } from '../support/pieces.js'
import { need, programPath } from '../support/programs.js'
import { tempDir } from '../support/torrent-check.js'

// One byte a file: how long they are is not what is tested here.
const PIECE_LENGTH = 16_384
const ROOT = createHash('sha256').update('x').digest()
const NAME = prefixName('bucket', 'a/100% "of" C#/')
const keys = [
  ...hostileKeys(1500, 7),
  'x', 'A/x', 'a/y', 'CON', 'con.txt', '.pad/1', '.pad/16383', '_____padding_file_1', '\u200Bx'
]
const paths = torrentPaths('', keys).map(({ path }) => path)
const whole = paths.map((path) => [NAME, ...path].join('/'))

type Files = Array<{ length: number, path: readonly string[], attr?: string }>
type Tree = Map<string, Tree | Buffer>

const encoded = (info: object): Buffer => Buffer.from(bencode.encode({ info }))

function infoOf (files: Files): object {
  const length = files.reduce((sum, { length }) => sum + length, 0)
  const pieces = Buffer.alloc(Math.ceil(length / PIECE_LENGTH) * 20, 1)
  return { files, name: NAME, 'piece length': PIECE_LENGTH, pieces }
}

/** The BEP 52 file tree of files of one byte, each folder sorted by itself. */
function fileTree (paths: ReadonlyArray<readonly string[]>): Tree {
  const root: Tree = new Map()
  for (const path of paths) {
    let folder = root
    for (const component of path) {
      const known = folder.get(component)
      if (Buffer.isBuffer(known)) throw new Error(`${path.join('/')} is below a file`)
      const next: Tree = known ?? new Map<string, Tree>()
      folder.set(component, next)
      folder = next
    }
    if (folder.size > 0) throw new Error(`${path.join('/')} is also a folder`)
    folder.set('', Buffer.concat([Buffer.from('d6:lengthi1e11:pieces root32:'), ROOT, Buffer.from('e')]))
  }
  return root
}

function encodedTree (tree: Tree): Buffer {
  const entries = [...tree].map(([name, value]) => ({ name: Buffer.from(name), value }))
    .sort((a, b) => Buffer.compare(a.name, b.name))
  return Buffer.concat([
    Buffer.from('d'),
    ...entries.flatMap(({ name, value }) => [
      Buffer.from(`${name.length}:`), name, Buffer.isBuffer(value) ? value : encodedTree(value)
    ]),
    Buffer.from('e')
  ])
}

/** Of both versions: every file but the last with its pad (BEP 47). */
function hybrid (paths: ReadonlyArray<readonly string[]>): Buffer {
  const pad = { attr: 'p', length: PIECE_LENGTH - 1, path: ['.pad', String(PIECE_LENGTH - 1)] }
  const files = paths.flatMap((path, index): Files => [{ length: 1, path }, ...index + 1 < paths.length ? [pad] : []])
  const rest = encoded({ ...infoOf(files), 'meta version': 2 })
  const start = Buffer.from('d4:infod')
  return Buffer.concat([
    start, Buffer.from('9:file tree'), encodedTree(fileTree(paths)), rest.subarray(start.length, -1),
    Buffer.from('12:piece layersdee')
  ])
}

async function output (t: Test, program: 'aria2c' | 'transmission-show', torrent: Buffer, ...args: string[]) {
  const file = join(tempDir(t), 'given.torrent')
  writeFileSync(file, torrent)
  return (await runClient(programPath(program), [...args, file], { seconds: 60 })).output
}

t.test('every client reads the paths that are written', async (t) => {
  const torrent = encoded(infoOf(paths.map((path) => ({ length: 1, path }))))
  const web = await parsed(torrent)
  t.strictSame(web.files.map(({ path }) => path), whole, 'WebTorrent')
  if (!need(t, 'python-libtorrent', 'transmission-show', 'aria2c')) return
  const view = await readTorrent(torrent)
  if ('error' in view) throw new Error(view.error)
  t.strictSame(view.files.map(({ path }) => path), whole, 'libtorrent')
  const shown = await output(t, 'transmission-show', torrent)
  const files = [...shown.matchAll(/^ {2}(.*) \(0\.00 kB\)$/gm)].map(([, path = '']) => path)
  t.strictSame(files.sort(), [...whole].sort(), 'Transmission')
  const listed = await output(t, 'aria2c', torrent, '--no-conf', '-S')
  t.strictSame([...listed.matchAll(/^ *\d+\|\.\/(.*)$/gm)].map(([, path]) => path), whole, 'aria2')
})

t.test('libtorrent finds the order of a hybrid that of its file tree', async (t) => {
  if (!need(t, 'python-libtorrent')) return
  const some = paths.slice(0, 400)
  const view = await readTorrent(hybrid(some))
  if ('error' in view) throw new Error(view.error)
  t.strictSame([typeof view.infoHash, typeof view.infoHashV2], ['string', 'string'])
  const index = new PathIndex(NAME, some)
  const files = view.files.map(({ path }) => path)
  t.strictSame(files.filter((path) => index.padAt(path) === undefined), whole.slice(0, 400))
  t.strictSame(files.filter((path) => index.fileAt(path) === undefined && index.padAt(path) !== PIECE_LENGTH - 1), [])
  t.match(await readTorrent(hybrid([...some].reverse())), { error: String }, 'and in another order it refuses it')
})

t.test('Transmission and libtorrent would have changed the keys as they are', async (t) => {
  if (!need(t, 'python-libtorrent', 'transmission-show')) return
  const raw = ['a:b', 'a\u202Eb', 'CON', 'x '].map((key) => ({ length: 1, path: [key] }))
  const torrent = encoded(infoOf(raw))
  const view = await readTorrent(torrent)
  if ('error' in view) throw new Error(view.error)
  t.notSame(view.files.map(({ path }) => path), raw.map(({ path }) => `${NAME}/${path.join('/')}`))
  t.match(await output(t, 'transmission-show', torrent), new RegExp(`${NAME}/CON_ .*${NAME}/a_b `, 's'))
})
