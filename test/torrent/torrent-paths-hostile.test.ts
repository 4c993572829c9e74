import t from 'tap'
import { PathIndex } from '../../src/torrent/path-index.js'
import { torrentPaths } from '../../src/torrent/torrent-paths.js'
import { decodeUri } from '../../src/s3/uri.js'
import { hostileKeys, shuffled } from '../support/hostile-keys.js'

const keys = hostileKeys(4000, 20_260)
const paths = torrentPaths('', keys)

/** The ways in which a file system takes two names for one. */
const FOLDS: Array<(name: string) => string> = [
  (name) => name.normalize('NFC'),
  (name) => name.toLowerCase(),
  (name) => name.toUpperCase(),
  (name) => name.normalize('NFC').toLowerCase().normalize('NFC'),
  (name) => name.normalize('NFD').toUpperCase().normalize('NFD')
]

function compare (a: readonly string[], b: readonly string[]): number {
  for (const [index, component] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    const order = Buffer.compare(Buffer.from(component), Buffer.from(other))
    if (order !== 0) return order
  }
  return a.length - b.length
}

t.test('S58: of thousands of hostile keys every component is safe', async (t) => {
  t.strictSame(paths.map(({ key }) => key).sort(), [...keys].sort(), 'each key is there once')
  const components = new Set(paths.flatMap(({ path }) => path))
  const unsafe = [...components].filter((component) => component === '' || component === '.' || component === '..' ||
    Buffer.byteLength(component) > 240 || Buffer.from(component).toString() !== component ||
    /[<>:"/\\|?*#\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(component) || /^ |[. ]$/.test(component) ||
    /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i.test(component) || component.includes('_____padding_file_'))
  t.strictSame(unsafe, [])
  t.strictSame(paths.filter(({ path }) => path.length === 0 || path.length > 24 || /^\.pad$/i.test(path[0] ?? '')), [])
})

t.test('no two are one file or one folder anywhere, and no file is a folder', async (t) => {
  for (const [index, fold] of FOLDS.entries()) {
    const places = new Map<string, string>()
    const twice: unknown[] = []
    for (const { path } of paths) {
      for (const depth of path.keys()) {
        // A file's place ends in no slash, so that a folder of its name is another.
        const own = path.slice(0, depth + 1).join('/') + (depth + 1 < path.length ? '/' : '')
        const folded = path.slice(0, depth + 1).map(fold).join('/')
        const known = places.get(folded)
        if (known !== undefined && (known !== own || !own.endsWith('/'))) twice.push([known, own])
        places.set(folded, own)
      }
    }
    t.strictSame(twice, [], `fold ${index}`)
  }
})

t.test('they are in the order of a file tree, whatever the order of the keys', async (t) => {
  t.strictSame(paths, [...paths].sort((a, b) => compare(a.path, b.path)))
  for (const seed of [1, 2]) t.strictSame(torrentPaths('', shuffled(keys, seed)), paths)
  t.strictSame(
    torrentPaths('a/b/c', keys.map((key) => `a/b/c${key}`)).length, keys.length, 'below a prefix that is no folder'
  )
})

t.test('a client finds each by its own path, and by what an unescaped URL becomes', async (t) => {
  const index = new PathIndex('data', paths.map(({ path }) => path))
  const lost: unknown[] = []
  for (const [file, { path }] of paths.entries()) {
    const own = `data/${path.join('/')}`
    // As WebTorrent asks: by the WHATWG parser of fetch.
    const { pathname, search, hash } = new URL(`http://host/${own}`)
    const spelled = decodeUri(pathname.slice(1))
    if (index.fileAt(own) !== file || index.fileAt(spelled) !== file || search + hash !== '') lost.push([own, pathname])
  }
  t.strictSame(lost, [])
})

t.test('one more key changes one name at most', async (t) => {
  const some = keys.slice(0, 600)
  let renames = 0
  for (const added of keys.slice(600, 680)) {
    const before = new Map(torrentPaths('', some).map(({ key, path }) => [key, path]))
    const renamed = new Set<string>()
    for (const { key, path } of torrentPaths('', [...some, added])) {
      const old = before.get(key) ?? path
      const at = old.findIndex((component, index) => component !== path[index])
      if (at !== -1) renamed.add(old.slice(0, at + 1).join('/'))
    }
    if (renamed.size > 1) t.fail(`${JSON.stringify(added)} renames ${[...renamed].join(', ')}`)
    renames += renamed.size
  }
  t.ok(renames > 0, 'and at times one does')
})
