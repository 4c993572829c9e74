import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { runClient } from '../support/clients.js'
import { runCommand } from '../support/command.js'
import { contentAt } from '../support/content.js'
import { checkByLibtorrent, createByLibtorrent, torrentByLibtorrent } from '../support/libtorrent.js'
import { need, programPath } from '../support/programs.js'
import { tempDir } from '../support/torrent-check.js'

// What others made of a folder, and what libtorrent's own check finds in it.

const PIECE = 32 * 1024
const FILES: Readonly<Record<string, number>> = {
  'a.bin': 3 * PIECE + 5,
  'b/deep/nested/small 1': 100,
  'b/deep/nested/small 2': 200,
  'b/empty': 0,
  'b/one piece': PIECE,
  'b/small 3': 16 * 1024 + 1,
  'big.bin': 400 * PIECE + 77,
  'odd/%41 ü [x] \u65E5\u672C #?': 2 * PIECE,
  'odd/~': 1,
  z: PIECE - 1
}
const SIZE = Object.values(FILES).reduce((sum, size) => sum + size, 0)

function writeTree (folder: string): void {
  for (const [index, [path, size]] of Object.entries(FILES).entries()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), contentAt(index + 1, 0, size))
  }
}

/** By maker, of the folder `set` in `cwd`; of those programs that are here. */
async function torrents (t: Test, cwd: string): Promise<Record<string, Buffer>> {
  const made: Record<string, Buffer> = {}
  const listed = Object.entries(FILES).map(([path, size]) => ({ path: `set/${path}`, size }))
  if (need(t, 'python-libtorrent')) {
    for (const format of ['v1', 'hybrid', 'v2'] as const) {
      made[format] = torrentByLibtorrent(await createByLibtorrent(cwd, PIECE, format, listed))
    }
    // Not in the order of the paths, and with pads between some.
    const pads = listed.toReversed().flatMap(({ path, size }) => size % PIECE === 0 || size < 1_000
      ? [{ path, size }]
      : [{ path, size }, { path: `set/.pad/${PIECE - size % PIECE}`, size: PIECE - size % PIECE, pad: true }])
    made['v1 with pads'] = torrentByLibtorrent(await createByLibtorrent(cwd, PIECE, 'v1', pads))
  }
  if (need(t, 'mktorrent')) {
    await runClient(programPath('mktorrent'), ['-l', '15', '-o', join(cwd, 'mk'), join(cwd, 'set')], { seconds: 30 })
    made.mktorrent = readFileSync(join(cwd, 'mk'))
  }
  if (need(t, 'transmission-create')) {
    await runClient(
      programPath('transmission-create'), ['-s', '32', '-o', join(cwd, 'tr'), join(cwd, 'set')], { seconds: 30 }
    )
    made.transmission = readFileSync(join(cwd, 'tr'))
  }
  return made
}

interface Range { firstPiece: number, lastPiece: number, firstByte: number, lastByte: number, why: string }
interface Told {
  ok: boolean
  size: number
  expectedSize: number
  badPieces: number
  files: number
  badFiles: Array<{ path: string, problem: string, size?: number, expectedSize: number, bad: Range[] }>
  bad: Array<{ firstPiece: number, lastPiece: number }>
}

const flip = (path: string, at: number) => (set: string): void => {
  const bytes = readFileSync(join(set, path))
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  writeFileSync(join(set, path), bytes)
}

/** What is done to a folder, and the problems of files whose pieces are not what tells of them. */
const DAMAGES: Record<string, { harm: (set: string) => void, problems?: Record<string, string> }> = {
  'a byte of a small file': { harm: flip('b/deep/nested/small 1', 3) },
  'the last byte of a last piece': { harm: flip('a.bin', 3 * PIECE + 4) },
  'a file of one piece': { harm: flip('b/one piece', 5) },
  'a file of one byte': { harm: flip('odd/~', 0) },
  'first and last byte of a large file': {
    harm: (set) => { flip('big.bin', 0)(set); flip('big.bin', 400 * PIECE + 76)(set) }
  },
  'pieces in a row': {
    harm: (set) => { for (const piece of [100, 101, 102, 200]) flip('big.bin', piece * PIECE + 1)(set) }
  },
  'a file that is missing': {
    harm: (set) => rmSync(join(set, 'b/small 3')), problems: { 'b/small 3': 'missing' }
  },
  'a file that is shorter': {
    harm: (set) => truncateSync(join(set, 'big.bin'), 300 * PIECE + 1), problems: { 'big.bin': 'length' }
  },
  'a file that is longer': {
    harm: (set) => writeFileSync(join(set, 'z'), 'x', { flag: 'a' }), problems: { z: 'length' }
  },
  'an empty file that is missing': { harm: (set) => rmSync(join(set, 'b/empty')), problems: { 'b/empty': 'missing' } },
  'an empty file that is not empty': {
    harm: (set) => writeFileSync(join(set, 'b/empty'), 'x'), problems: { 'b/empty': 'length' }
  },
  'a link out of the folder in the place of a file': {
    harm (set) {
      renameSync(join(set, 'odd/~'), join(set, '..', 'outside'))
      symlinkSync('../../outside', join(set, 'odd/~'))
    },
    problems: { 'odd/~': 'outside' }
  },
  'a folder in the place of a file': {
    harm (set) {
      rmSync(join(set, 'a.bin'))
      mkdirSync(join(set, 'a.bin'))
    },
    problems: { 'a.bin': 'outside' }
  },
  everything: {
    harm: (set) => { for (const path of Object.keys(FILES)) rmSync(join(set, path)) },
    problems: Object.fromEntries(Object.keys(FILES).map((path) => [path, 'missing']))
  }
}

const cwd = tempDir(t)
writeTree(join(cwd, 'set'))
const made = await torrents(t, cwd)
for (const [maker, torrent] of Object.entries(made)) writeFileSync(join(cwd, `${maker}.torrent`), torrent)

t.test('the folder, and the one above it', async (t) => {
  for (const maker of Object.keys(made)) {
    const files = maker === 'transmission' ? 9 : 10 // it leaves empty files out
    for (const folder of ['set', './set/', '.', cwd]) {
      const { code, stdout, stderr } = await runCommand(['verify', `${maker}.torrent`, folder], { cwd })
      t.equal(code, 0, `${maker} ${folder} ${stderr}`)
      t.match(stdout.toString(), new RegExp(`: all ${files} files are there, all \\d+ pieces are right, 13\\.\\d MB`))
    }
  }
})

for (const [what, { harm, problems = {} }] of Object.entries(DAMAGES)) {
  t.test(what, async (t) => {
    const away = tempDir(t)
    cpSync(join(cwd, 'set'), join(away, 'set'), { recursive: true })
    harm(join(away, 'set'))
    await Promise.all(Object.keys(made).map(async (maker) => {
      const { code, stdout, stderr } = await runCommand(
        ['verify', `${maker}.torrent`, join(away, 'set'), '--json'], { cwd }
      )
      const told = JSON.parse(stdout.toString()) as Told
      const isRight = maker === 'transmission' && what.startsWith('an empty file') // which it does not have
      t.equal(code, isRight ? 0 : 1, `${maker} ${stderr}`)
      t.same([told.ok, told.expectedSize], [isRight, SIZE])
      if (!need(t, 'python-libtorrent')) return
      const copy = tempDir(t) // libtorrent makes what is missing
      cpSync(join(away, 'set'), join(copy, 'set'), { recursive: true, verbatimSymlinks: true })
      const { bad, files, error } = await checkByLibtorrent(made[maker] ?? Buffer.alloc(0), copy)
      const pieces = told.bad.flatMap(({ firstPiece, lastPiece }) =>
        Array.from({ length: lastPiece - firstPiece + 1 }, (_, i) => firstPiece + i))
      t.equal(told.badPieces, pieces.length)
      // It gives up where a file is a folder, and follows links.
      const isSame = error === null && !Object.values(problems).includes('outside')
      if (isSame) t.strictSame(pieces, bad, `${maker}: the pieces that libtorrent finds`)
      const inBad = files.filter(({ size, offset }) => size > 0 && pieces.some(
        (piece) => piece * PIECE < offset + size && (piece + 1) * PIECE > offset
      )).map(({ path }) => path.slice('set/'.length))
      const named = told.badFiles.map(({ path }) => path)
      const wrong = Object.keys(problems).filter((path) => files.some((file) => file.path === `set/${path}`))
      t.strictSame(named.toSorted(), [...new Set([...inBad, ...wrong])].toSorted(), `${maker}: the files in them`)
      for (const { path, problem } of told.badFiles) {
        if (path in problems) t.equal(problem, problems[path], path)
        else t.ok(['pieces', 'shared', 'unchecked'].includes(problem), path)
        // Where each file begins at a piece, nobody else's byte is to blame.
        if (maker === 'v2' || maker === 'hybrid') t.equal(problem, problems[path] ?? 'pieces', path)
      }
    }))
  })
}

t.test('for people', async (t) => {
  if (!need(t, 'python-libtorrent')) return
  const away = tempDir(t)
  cpSync(join(cwd, 'set'), join(away, 'set'), { recursive: true })
  const set = join(away, 'set')
  for (const harm of [flip('b/deep/nested/small 1', 3), flip('big.bin', 5 * PIECE)]) harm(set)
  rmSync(join(set, 'z'))
  truncateSync(join(set, 'a.bin'), 5)
  const run = async (maker: string, ...flags: string[]) =>
    await runCommand(['verify', join(cwd, `${maker}.torrent`), 'set', ...flags], { cwd: away })
  const { code, stdout } = await run('v2')
  t.same([code, stdout.toString()], [1, `set is not what ${join(cwd, 'v2.torrent')} describes:
  of 10 files 4 are bad; 7 of 413 pieces are bad (the first one is piece 0)
  a.bin: it has 5 bytes and should have 98,309
  b/deep/nested/small 1: piece 4, bytes 0-99
  big.bin: piece 13, bytes 163840-196607
  z: it is not there
`])
  t.match(
    (await run('v1')).stdout.toString(),
    /^ {2}b\/deep\/nested\/small 2: piece 3, bytes 0-199: not checked, as another file in there has not all of its bytes$/m
  )
  t.same(await run('v1', '-q'), { code: 1, stdout: Buffer.alloc(0), stderr: '' })
})
