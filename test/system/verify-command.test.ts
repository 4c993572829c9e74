import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { metainfoOf } from '../support/metainfo.js'
import { inTerminal, runCommand } from '../support/command.js'
import type { CommandRun } from '../support/command.js'
import { contentAt } from '../support/content.js'
import { startFaultyOrigin } from '../support/faulty-origin.js'
import { freePort } from '../support/free-port.js'
import { need } from '../support/programs.js'

const MB = 1_000_000
const PIECE = 65536
const SIZE = 10 * MB
const PIECES = Math.ceil(SIZE / PIECE)
const CONTENT = contentAt(1, 0, SIZE)
const origin = await startFaultyOrigin(t)
const signed = { AWS_ENDPOINT_URL: origin.endpoint, AWS_ACCESS_KEY_ID: 'AKIAALICE', AWS_SECRET_ACCESS_KEY: 's' }

function torrentOf (content: Buffer): Buffer {
  const digests = Array.from(
    { length: Math.ceil(content.length / PIECE) },
    (_, i) => createHash('sha1').update(content.subarray(i * PIECE, (i + 1) * PIECE)).digest()
  )
  return metainfoOf({
    announce: [], creationDate: new Date(0), length: content.length, name: 'film.bin', pieceLength: PIECE, urlList: []
  }, Buffer.concat(digests))
}

/** Flipped in the middle of pieces 3 to 5, and in the last one. */
function flipped (): Buffer {
  const wrong = Buffer.from(CONTENT)
  for (const at of [3.5 * PIECE, 4.5 * PIECE, 5.5 * PIECE, SIZE - 1]) wrong.writeUInt8(wrong.readUInt8(at) ^ 1, at)
  return wrong
}

const BAD = [
  { firstPiece: 3, lastPiece: 5, firstByte: 3 * PIECE, lastByte: 6 * PIECE - 1 },
  { firstPiece: PIECES - 1, lastPiece: PIECES - 1, firstByte: (PIECES - 1) * PIECE, lastByte: SIZE - 1 }
]
const told = ({ stdout }: CommandRun): unknown => JSON.parse(stdout.toString())

t.test('every piece of a file, an object and a URL', async (t) => {
  const cwd = t.testdir({ 'film.torrent': torrentOf(CONTENT), right: CONTENT, wrong: flipped() })
  for (const [key, body] of [['right', CONTENT], ['wrong', flipped()]] as const) {
    origin.put('media', key, { body })
    origin.put('public', key, { body, public: true })
    origin.put('public', `${key} without ranges`, { body, public: true, faults: { ignoreRange: true } })
  }
  const plain = createServer((request, response) => { // neither ranges nor ETag, behind a redirect
    if (request.url?.startsWith('/folder/')) {
      response.setHeader('content-type', 'text/html').end(
        '<!doctype html><title>Index of /folder/</title>'
      )
    } else if (request.url?.startsWith('/moved/')) response.writeHead(302, { location: request.url.slice(6) }).end()
    else response.end(request.url === '/right?X-Amz-Signature=secret' ? CONTENT : flipped())
  }).listen(0, '127.0.0.1')
  t.teardown(() => { plain.close() })
  await once(plain, 'listening')
  const web = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`
  const places: Array<[right: string, wrong: string]> = [
    ['right', './wrong'],
    ['s3://media/right', 's3://media/wrong'],
    [`${origin.endpoint}/public/right`, `${origin.endpoint}/public/wrong`],
    [`${origin.endpoint}/public/right%20without%20ranges`, `${origin.endpoint}/public/wrong%20without%20ranges`],
    [`${web}/moved/right?X-Amz-Signature=secret`, `${web}/moved/wrong`]
  ]
  for (const [right, wrong] of places) {
    const [good, bad] = await Promise.all([
      runCommand(['verify', 'film.torrent', right], { cwd, env: signed }),
      runCommand(['verify', 'film.torrent', wrong, '--json'], { cwd, env: signed })
    ])
    t.equal(good.code, 0, good.stderr)
    t.match(good.stdout.toString(), `: all ${PIECES} pieces are right, 10.0 MB`, right)
    t.notMatch(`${good.stdout.toString()}${good.stderr}`, 'secret')
    t.equal(bad.code, 1, bad.stderr)
    t.match(told(bad), { ok: false, size: SIZE, expectedSize: SIZE, pieces: PIECES, badPieces: 4, bad: BAD }, wrong)
  }
  const page = await runCommand(['verify', 'film.torrent', `${web}/folder/`], { cwd })
  t.match([page.code, page.stdout.toString(), page.stderr], [
    1,
    '',
    `${web}/folder/ answers a web page, and not the bytes of film.bin; the file in this folder may be ` +
    `${web}/folder/film.bin.`
  ])
  t.match(told(await runCommand(['verify', 'film.torrent', `${web}/folder/`, '--json'], { cwd })), {
    ok: false, problem: /answers a web page/, badPieces: PIECES
  })
})

t.test('for people, and quietly', async (t) => {
  const cwd = t.testdir({
    'film.torrent': torrentOf(CONTENT),
    wrong: flipped(),
    short: CONTENT.subarray(0, 9 * MB),
    long: Buffer.concat([CONTENT, Buffer.from('x')]),
    empty: ''
  })
  origin.put('public', 'long without ranges', {
    body: Buffer.concat([CONTENT, Buffer.alloc(3 * MB)]), public: true, faults: { ignoreRange: true }
  })
  const run = (source: string, ...flags: string[]) => runCommand(['verify', 'film.torrent', source, ...flags], { cwd })
  const [wrong, short, long, longer, empty, quiet] = await Promise.all([
    run('wrong'),
    run('short'),
    run('long'),
    run(`${origin.endpoint}/public/long%20without%20ranges`),
    run('empty'),
    run('wrong', '-q')
  ])
  t.same([wrong.code, wrong.stdout.toString()], [1, `wrong is not what film.torrent describes:
  4 of ${PIECES} pieces are bad (the first one is piece 0)
  pieces 3-5, bytes ${3 * PIECE}-${6 * PIECE - 1}
  piece ${PIECES - 1}, bytes ${(PIECES - 1) * PIECE}-${SIZE - 1}
`])
  const firstMissing = Math.floor(9 * MB / PIECE)
  t.match(
    short.stdout.toString(),
    `  it has 9,000,000 bytes and should have 10,000,000\n  ${PIECES - firstMissing} of ${PIECES} pieces are bad ` +
    `(the first one is piece 0)\n  pieces ${firstMissing}-${PIECES - 1}, bytes ${firstMissing * PIECE}-9999999\n`
  )
  t.match(
    long.stdout.toString(), `  it has 10,000,001 bytes and should have 10,000,000\n  all ${PIECES} pieces are right\n`
  )
  t.match(
    longer.stdout.toString(), `  it has 13,000,000 bytes and should have 10,000,000\n  all ${PIECES} pieces are right\n`
  )
  t.match(
    empty.stdout.toString(), `  it has 0 bytes and should have 10,000,000\n  ${PIECES} of ${PIECES} pieces are bad`
  )
  t.same([short, long, longer, empty].map(({ code }) => code), [1, 1, 1, 1])
  t.same(quiet, { code: 1, stdout: Buffer.alloc(0), stderr: '' })
})

t.test('a bar, and Ctrl-C', async (t) => {
  if (!need(t, 'script')) return
  const cwd = t.testdir({ 'film.torrent': torrentOf(CONTENT) })
  origin.put('media', 'slow', { body: CONTENT, faults: { bytesPerSecond: 5 * MB } })
  const { code, output } = await inTerminal(['verify', 'film.torrent', 's3://media/slow'], {
    cwd, env: signed, press: (output) => /\[=*> +\] +[1-9]\d %/.test(output) ? '\u0003' : undefined
  })
  t.equal(code, 130)
  t.match(output, /\[=*> +\] {2} ?\d+ % {2}[\d.]+ MB of 10\.0 MB {2}[\d.]+ [kM]B\/s {2}\d+ (s|min .*) left/)
  t.match(output, /Interrupted: \d\.\d MB of 10\.0 MB were read, and nothing is known of the rest\./)
})

t.test('what cannot be verified is said in one sentence', async (t) => {
  const cwd = t.testdir({ 'film.torrent': torrentOf(CONTENT), junk: 'junk' })
  const folder =
    'd4:infod5:filesld6:lengthi1e4:pathl1:aeed6:lengthi1e4:pathl1:beee4:name1:x12:piece ' +
    'lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee'
  const root = 'r'.repeat(32)
  const v2 =
    `d4:infod9:file treed1:xd0:d6:lengthi32768e11:pieces root32:${root}eee12:meta ` +
    `versioni2e4:name1:x12:piece lengthi16384ee12:piece layersd32:${root}64:${root}${root}ee`
  writeFileSync(join(cwd, 'folder'), folder)
  writeFileSync(join(cwd, 'v2'), v2)
  const closed = await freePort()
  const cases: Array<[args: string[], code: number, says: string]> = [
    [['film.torrent'], 2, "Missing required argument 'source'; see object-torrent verify --help."],
    [['junk', 'junk'], 1, 'junk is no torrent: it is not bencoded.'],
    [
      ['folder', 'junk'],
      1,
      'junk is one file, and the torrent has 2 files in a folder; name it, or s3://bucket/prefix/.'
    ],
    [
      ['folder', `${origin.endpoint}/public/right`],
      1,
      'The torrent has 2 files in a folder, and a URL is one file; name the folder, or s3://bucket/prefix/.'
    ],
    [['folder', 's3://media/nothing/'], 1, 'There is no object under s3://media/nothing/.'],
    [
      ['folder', 's3://media/', '--version-id', 'x'],
      2,
      '--version-id is of one object, and the torrent is a folder of files.'
    ],
    [['v2', 'junk'], 1, 'v2 contradicts itself: the piece layer of x is not that of its pieces root (BEP 52).'],
    [['film.torrent', 'missing'], 1, 'There is no file missing; an object is named s3://bucket/key.'],
    [['film.torrent', 's3://media/missing'], 1, 'There is no object s3://media/missing.'],
    [
      ['film.torrent', `${origin.endpoint}/nowhere/x?X-Amz-Signature=secret`],
      1,
      `There is nothing at ${origin.endpoint}/nowhere/x?….`
    ],
    [['film.torrent', `${origin.endpoint}/media/right`], 1, `${origin.endpoint}/media/right may not be read.`],
    [
      ['film.torrent', `http://127.0.0.1:${closed}/x`],
      1,
      `http://127.0.0.1:${closed}/x cannot be read: nobody listens there (ECONNREFUSED); try again.`
    ],
    [['film.torrent', 'junk', '--version-id', 'x'], 2, '--version-id is for s3://bucket/key.']
  ]
  const runs = await Promise.all(cases.map(([args]) => runCommand(['verify', ...args], { cwd, env: signed })))
  for (const [index, { code, stdout, stderr }] of runs.entries()) {
    const [args, expected, says] = cases[index] ?? [[], 0, '']
    t.same([code, stdout.toString(), stderr], [expected, '', `object-torrent: ${says}\n`], args.join(' '))
  }
})
