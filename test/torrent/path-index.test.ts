import t from 'tap'
import { PathIndex } from '../../src/torrent/path-index.js'

t.test('a file is found by its own path alone', async (t) => {
  const index = new PathIndex('data', [['a', 'b'], ['a', 'c'], ['d']])
  for (const [path, file] of [
    ['data/a/b', 0], ['data/a/c', 1], ['data/d', 2], ['data', undefined], ['', undefined], ['data/', undefined],
    ['data/a', undefined], ['data/a/', undefined], ['a/b', undefined], ['/data/a/b', undefined],
    ['data/a//b', undefined], ['data/a/../d', undefined], ['DATA/d', undefined], ['data/D', undefined],
    ['data2/d', undefined],
    ['data/__proto__', undefined], ['data/constructor', undefined]
  ] as const) t.equal(index.fileAt(path), file, path)
})

t.test('and where it has escapes, by what they are decoded', async (t) => {
  const index = new PathIndex('t%3A', [['a%3Ab'], ['x%20y', 'z'], ['plain']])
  for (const [path, file] of [
    ['t%3A/a%3Ab', 0], ['t:/a:b', 0], ['t:/x y/z', 1], ['t%3A/x%20y/z', 1], ['t:/plain', 2], ['t%3A/plain', 2],
    ['t%3a/plain', undefined], ['t:/a%3ab', undefined]
  ] as const) t.equal(index.fileAt(path), file, path)
})

t.test('what can be two files is none, and a path as it is comes first', async (t) => {
  const index = new PathIndex(
    't', [['%41'], ['A'], ['%42'], ['%4%32'], ['%62%63'], ['b%63'], ['same'], ['same'], ['%']]
  )
  for (const [path, file] of [
    ['t/A', 1], ['t/%41', 0], ['t/%42', 2], ['t/bc', undefined], ['t/b%63', 5], ['t/same', undefined], ['t/%', 8]
  ] as const) t.equal(index.fileAt(path), file, path)
})

t.test('of a torrent of one file clients append less', async (t) => {
  const index = new PathIndex('t', [['a', 'b']])
  for (const path of ['', 't', 't/a/b']) t.equal(index.fileAt(path), 0, path)
  for (const path of ['t/', 'a/b', 't/a', 'x']) t.equal(index.fileAt(path), undefined, path)
  t.equal(new PathIndex('t', []).fileAt(''), undefined)
})

t.test('a pad is asked for by its length', async (t) => {
  const index = new PathIndex('t%3A', [['a'], ['_.pad', '1']])
  t.equal(index.padAt('t%3A/.pad/16383'), 16383)
  t.equal(index.padAt('t:/.pad/1'), 1)
  t.equal(index.padAt('t:/.pad/16383.2'), 16383, 'the second of this length')
  t.equal(index.fileAt('t%3A/.pad/1'), undefined)
  for (const path of [
    '.pad/1', 't%3A/.pad/0', 't%3A/.pad/01', 't%3A/.pad/-1', 't%3A/.pad/1e3', 't%3A/.pad/12345678901', 't%3A/.pad/1/2',
    't%3A/.pad/', 't%3A/.pad/1.', 't%3A/.pad/1.0', 't%3A/.pad/1.2.3', 't%3A/.pad/1.02',
    't%3A/.pad', 't%3A/x/.pad/1', 't%3A/_.pad/1', 't%3A/.pad/1\n'
  ]) t.equal(index.padAt(path), undefined, path)
})
