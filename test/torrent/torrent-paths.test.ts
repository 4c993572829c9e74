import t from 'tap'
import { prefixName, torrentPaths } from '../../src/torrent/torrent-paths.js'
import { shuffled } from '../support/hostile-keys.js'

/** The paths, with slashes, by key. */
const pathsOf = (prefix: string, keys: readonly string[]): Record<string, string> => Object.fromEntries(
  torrentPaths(prefix, keys).map(({ key, path }) => [key, path.join('/')])
)
const HASH = /~[0-9a-f]{8}/

t.test('plain keys are their own paths, below the last slash of the prefix', async (t) => {
  const keys = ['data/2024-01.csv', 'data/2024/x', 'data/2024/y/z.tar.gz']
  t.strictSame(pathsOf('', keys), Object.fromEntries(keys.map((key) => [key, key])))
  t.strictSame(pathsOf('data/2024', keys), {
    'data/2024-01.csv': '2024-01.csv', 'data/2024/x': '2024/x', 'data/2024/y/z.tar.gz': '2024/y/z.tar.gz'
  })
  t.strictSame(pathsOf('data/2024/', keys.slice(1)), { 'data/2024/x': 'x', 'data/2024/y/z.tar.gz': 'y/z.tar.gz' })
  t.strictSame(pathsOf('data/2024/x', ['data/2024/x']), { 'data/2024/x': 'x' }, 'a key that equals the prefix')
  t.strictSame(pathsOf('data/2024/', ['data/2024/']), { 'data/2024/': '_' }, "the folder's own object")
  t.strictSame(torrentPaths('', []), [])
  t.strictSame(torrentPaths('', ['a', 'b', 'a']).map(({ key }) => key), ['a', 'b'], 'a key twice')
  t.throws(() => torrentPaths('data/2024', ['data/2024/x', 'data/2023/x']), TypeError)
})

t.test('the order is that of a file tree: components, as bytes of UTF-8', async (t) => {
  const keys = ['C', 'a', 'a-b', 'b/c', 'b.c', 'b-/x', '\uFFFD', '😀', 'é', 'b/B/x']
  for (const seed of [1, 2, 3]) {
    t.strictSame(
      torrentPaths('', shuffled(keys, seed)).map(({ path }) => path.join('/')),
      ['C', 'a', 'a-b', 'b/B/x', 'b/c', 'b-/x', 'b.c', 'é', '\uFFFD', '😀']
    )
  }
})

t.test('of two that would be one file somewhere, one keeps its name', async (t) => {
  for (const [keeper, other, pattern] of [
    ['A.csv', 'a.csv', /^a~.{8}\.csv$/], ['e\u0301.csv', 'é.csv', /^é~.{8}\.csv$/], ['a/b', 'a', /^a~.{8}$/],
    ['A/x', 'a/y', /^a~.{8}\/y$/], ['A/x', 'a/x', /^a~.{8}\/x$/], ['a/b', 'A', /^A~.{8}$/], ['a_b', 'a:b', /^a_b~.{8}$/],
    ['a/_/b', 'a//b', /^a\/_~.{8}\/b$/], ['a/_', 'a/', /^a\/_~.{8}$/],
    ['_/x', './x', /^_~.{8}\/x$/], ['./x', '/x', /^_~.{8}\/x$/], ['a', 'a ', /^a~.{8}$/], ['a', 'a./x', /^a~.{8}\/x$/],
    ['_CON', 'CON', /^_CON~.{8}$/], ['_.pad/1', '.pad/1', /^_\.pad~.{8}\/1$/], ['A', '%41', /^%41~.{8}$/],
    ['a', '%41', /^%41~.{8}$/], ['a_b', 'a\uD800b', /^a_b~.{8}$/], ['a\u200Bb', 'a\u202Eb', /^a_b~.{8}$/],
    [`${'x'.repeat(240)}`, 'x'.repeat(241), /^x{231}~.{8}$/], ['a\uD800', 'a\uD801', /^a_~.{8}$/]
  ] as const) {
    const paths = pathsOf('', [keeper, other])
    const alone = pathsOf('', [keeper])
    const title = `${JSON.stringify(keeper)} and ${JSON.stringify(other)}`
    t.strictSame(pathsOf('', [other, keeper]), paths, `${title}, in whatever order`)
    t.equal(paths[keeper], alone[keeper], title)
    t.match(paths[other], pattern, title)
  }
})

t.test('one more key renames one name at most', async (t) => {
  const three = pathsOf('', ['A', 'a', '%41'])
  t.equal(three.A, 'A')
  t.match(three.a, HASH)
  t.match(three['%41'], HASH)
  for (const key of ['a', '%41']) t.equal(pathsOf('', ['A', key])[key], three[key], 'whatever else is there')
  t.equal(pathsOf('x/y/', ['x/y/A', 'x/y/a'])['x/y/a'], three.a, 'and above')
  t.strictSame(pathsOf('', ['a', 'b']), { a: 'a', b: 'b' })
  t.match(pathsOf('', ['a', 'b', 'A']), { b: 'b', A: 'A', a: HASH })
})

t.test('a name that is made gives way to an object that has it', async (t) => {
  const { a = '' } = pathsOf('', ['A', 'a'])
  const taken = pathsOf('', ['A', 'a', a, a.toUpperCase()])
  t.equal(taken[a.toUpperCase()], a.toUpperCase())
  t.equal(new Set(Object.values(taken).map((path) => path.toLowerCase())).size, 4)
  const again = pathsOf('', ['A', 'a', a])
  t.equal(again[a], a)
  t.match(again.a, HASH)
  t.not(again.a, a)
})

t.test('the folder of the pads is theirs', async (t) => {
  t.strictSame(pathsOf('x/', ['x/.pad', 'x/.pad2/1', 'x/a/.pad/1']), {
    'x/.pad': '_.pad', 'x/.pad2/1': '.pad2/1', 'x/a/.pad/1': 'a/.pad/1'
  })
  for (const folder of ['.pad', '.PAD', '.p%61d', '.pad.', '.pad ', ' .pad']) {
    t.match(pathsOf('', [`${folder}/1`])[`${folder}/1`], /^_\.p.{1,3}d\/1$/i, folder)
  }
})

t.test('below a depth that every client reads, the rest of a key is one component', async (t) => {
  const deep = 'a/'.repeat(500)
  const [first, second] = torrentPaths('', [`${deep}x.bin`, `${deep}y.bin`])
  t.strictSame(first?.path.slice(0, 23), Array(23).fill('a'))
  t.equal(first?.path.length, 24)
  t.match([first?.path[23], second?.path[23]].filter((name) => HASH.test(name ?? '')), { length: 1 })
  t.equal(torrentPaths('', ['a/'.repeat(23) + 'x'])[0]?.path.join('/'), 'a/'.repeat(23) + 'x')
  t.equal(torrentPaths('', ['a/'.repeat(24) + 'x'])[0]?.path.join('/'), 'a/'.repeat(23) + 'a_x')
})

t.test('the name is that of the last whole folder, else the bucket', async (t) => {
  for (const [prefix, name] of [
    ['', 'media'], ['data/2024/', '2024'], ['data/20', 'data'], ['20', 'media'], ['a//', 'a'], ['/', 'media'],
    ['//x', 'media'], ['a/../', '_'], ['a/CON/', '_CON'], ['a/b:c/', 'b_c'],
    ['_____padding_file_/', '_____padding-file_'], [`${'x'.repeat(300)}/`, 'x'.repeat(240)]
  ] as const) t.equal(prefixName('media', prefix), name, prefix)
  t.equal(prefixName('My_B:#', ''), 'My_B__')
})
