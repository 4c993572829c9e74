import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { contentAt } from '../support/content.js'
import { httpGet } from '../support/http-get.js'
import { parsed, pieceHashesOf } from '../support/pieces.js'
import { inRepo } from '../support/repo-root.js'
import { startServer } from '../support/server.js'

const run = promisify(execFile)
const dir = t.testdir({ packed: {}, installed: {}, buckets: { media: {} } })
const CONTENT = contentAt(7, 0, 300_000)
/** What is installed beside the program: the pages, and what an operator copies. */
const BESIDE = [
  'CHANGELOG.md', 'LICENSE', 'README.md', 'docker/alerts.yaml', 'docker/grafana/object-torrent.json',
  'docker/nginx.conf', 'docker/object-torrent.service', 'package.json',
  ...readdirSync(inRepo('docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)
]
writeFileSync(join(dir, 'buckets/media/film.bin'), CONTENT)

// npm's registry and cache are the machine's; of the rest of the environment nothing that could make it find this
// repository.
const env = Object.fromEntries(Object.entries(process.env).filter(
  ([name]) => !/^(npm_(?!config_(registry|cache|userconfig))|NODE_|TAP|_TAP|INIT_CWD)/i.test(name)
))
const npm = async (cwd: string, ...args: string[]): Promise<string> => (await run('npm', args, {
  cwd, env, timeout: 240_000, maxBuffer: 32 << 20
})).stdout

interface Packed {
  readonly filename: string,
  readonly unpackedSize: number,
  readonly files: ReadonlyArray<{
    readonly path: string
    readonly mode: number
  }>
}

t.test('npm pack: what is installed on an empty machine serves torrents', async (t) => {
  // Without its scripts: a build would take dist from under the other tests.
  const [packed] = JSON.parse(
    await npm(inRepo('.'), 'pack', '--ignore-scripts', '--json', '--pack-destination', join(dir, 'packed'))
  ) as [Packed]
  const paths = packed.files.map(({ path }) => path)
  const built = paths.filter((path) => path.startsWith('dist/'))
  t.strictSame(paths.filter((path) => !path.startsWith('dist/')).sort(), BESIDE.sort())
  t.ok(built.length > 50)
  for (const path of built) {
    t.ok(existsSync(inRepo(path.replace(/^dist\/(.*)\.js$/, 'src/$1.ts'))), `${path} is built from a source`)
  }
  t.ok(
    packed.files.some(({ path, mode }) => path === 'dist/main.js' && (mode & 0o111) === 0o111),
    'the program may be executed'
  )
  t.ok(packed.unpackedSize < 1_300_000, `${packed.unpackedSize} bytes`)

  const home = join(dir, 'installed')
  writeFileSync(join(home, 'package.json'), '{ "private": true }')
  await npm(home, 'install', '--prefer-offline', '--no-audit', '--no-fund', join(dir, 'packed', packed.filename))
  t.notOk(existsSync(join(home, 'node_modules/typescript')), 'nothing that only building needs')
  const { version } = JSON.parse(
    await npm(inRepo('.'), 'pkg', 'get', 'version', '--json').then((text) => `{"version":${text}}`)
  ) as { version: string }
  t.equal(await npm(home, 'exec', '--offline', '--', 'object-torrent', '--version'), `${version}\n`)
  t.match(
    await npm(home, 'exec', '--offline', '--', 'object-torrent', '--help'),
    /^object-torrent: the \.torrent of any object/
  )

  const cwd = join(dir, 'elsewhere')
  mkdirSync(cwd)
  const server = await startServer(t, {
    program: [join(home, 'node_modules/.bin/object-torrent')], args: ['--origin', join(dir, 'buckets')], cwd
  })
  const { status, body } = await httpGet(`${server.url}/media/film.bin?torrent`)
  t.equal(status, 200)
  const { length, pieceLength, pieces, urlList } = await parsed(body)
  t.equal(length, CONTENT.length)
  t.strictSame(pieces, (await pieceHashesOf(CONTENT, pieceLength)).map((hash) => hash.toString('hex')))
  t.equal(
    createHash('sha1').update((await httpGet(urlList[0] ?? '')).body).digest('hex'),
    createHash('sha1').update(CONTENT).digest('hex'),
    'and its web seed the object'
  )
  t.ok(existsSync(join(cwd, 'data')), 'hashes are kept where it was started')
  t.strictSame(await server.stop(), { code: 0, signal: null })
})
