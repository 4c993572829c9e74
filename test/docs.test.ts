import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { OPTIONS } from '../src/config/options.js'
import { inRepo } from './support/repo-root.js'

const COLUMNS = 120
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(inRepo('docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)
]
/** The numbered lists that test names cite. */
const LISTS = ['docs/threats.md', 'docs/faults.md']
const read = (page: string): string => readFileSync(inRepo(page), 'utf8')
/** The anchors of a page's headings, as GitHub makes them. */
const anchors = (page: string): string[] => [...read(page).matchAll(/^#+ (.*)$/gm)].map(
  ([, heading = '']) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')
)
/** What a page links to by `[text](target)` and by `[label]: target`, code blocks left out. */
function targetsOf (page: string): string[] {
  const text = read(page).replace(/```[\s\S]*?```/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(([, inline, defined]) => inline ?? defined ?? '')
}
/** The file of this repository that a link of a page leads to; undefined for other sites. */
function fileOf (page: string, target: string): string | undefined {
  if (/^https?:/.test(target)) return undefined
  const [path = ''] = target.split('#')
  return path === '' ? page : join(dirname(page), path)
}

t.test('links lead somewhere', async (t) => {
  let seen = 0
  for (const page of PAGES) {
    for (const target of targetsOf(page)) {
      const file = fileOf(page, target)
      if (file === undefined) continue
      seen++
      const [, anchor] = target.split('#')
      t.ok(existsSync(inRepo(file)), `${page}: ${target}`)
      if (anchor !== undefined) t.ok(anchors(file).includes(anchor), `${page}: ${target}`)
    }
  }
  t.ok(seen > 100, `${seen} links`)
})

t.test('a label that a page uses is defined there, and used where it is defined', async (t) => {
  for (const page of PAGES) {
    const text = read(page).replace(/```[\s\S]*?```/g, '').replace(/`[^`]*`/g, '')
    const used = [...text.matchAll(/\]\[([^\]]+)\]/g)].map(([, label = '']) => label)
    const defined = [...text.matchAll(/^\[([^\]]+)\]: /gm)].map(([, label = '']) => label)
    t.strictSame([...new Set(used)].sort(), defined.sort(), page)
  }
})

t.test('every page is reached from the README', async (t) => {
  const reached = new Set<string>(['README.md'])
  for (const page of reached) {
    for (const target of targetsOf(page)) {
      const file = fileOf(page, target)
      if (file !== undefined && PAGES.includes(file)) reached.add(file)
    }
  }
  t.strictSame([...reached].sort(), [...PAGES].sort())
})

t.test('the README is short', async (t) => {
  const lines = read('README.md').trimEnd().split('\n').length
  t.ok(lines <= 130, `${lines} lines`)
})

t.test(`no line is longer than ${COLUMNS} columns`, async (t) => {
  for (const page of PAGES) {
    const long = read(page).split('\n').flatMap((line, i) => line.length > COLUMNS ? [i + 1] : [])
    t.strictSame(long, [], page)
  }
})

t.test('files and options that are named exist', async (t) => {
  const text = PAGES.map(read).join('\n')
  const files = [...text.matchAll(/`((?:src|test|docker|bench|docs)\/[\w./-]+\.\w+)`/g)].map(([, file = '']) => file)
  t.ok(files.length > 10)
  for (const file of files) t.ok(existsSync(inRepo(file)), file)
  const folders = [...text.matchAll(/`((?:src|test|docker|bench|docs)\/(?:[\w-]+\/)*)`/g)].map(([, path = '']) => path)
  t.ok(folders.length > 10)
  for (const folder of folders) t.ok(existsSync(inRepo(folder)), folder)
  const options = read('docs/operations.md').matchAll(/`--([a-z][a-z0-9-]+)/g)
  const named = [...options].map(([, name = '']) => name)
  t.ok(named.length > 10)
  for (const name of named) t.ok(name in OPTIONS || name === 'read-only', `--${name}`)
})

t.test('every room is in the architecture', async (t) => {
  const text = read('docs/architecture.md')
  const rooms = readdirSync(inRepo('src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  t.ok(rooms.length > 10)
  for (const { name } of rooms) t.match(text, `${name}/`, name)
})

/** `S50-S52` as S50, S51 and S52. */
function numbersIn (codes: string): string[] {
  return codes.split(', ').flatMap((code) => {
    const [, list = '', first, last = first] = /^([STF])(\d+)(?:-[STF](\d+))?$/.exec(code) ?? []
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => `${list}${Number(first) + i}`)
  })
}

/** The test files that cite each number: at the beginning of a name, or in brackets at its end. */
function citations (): Map<string, Set<string>> {
  const CITED = /\btest\(\s*['"`]([STF]\d+(?:(?:, |-)[STF]\d+)*): |\(([STF]\d+)\)['"`]/g
  const cited = new Map<string, Set<string>>()
  for (const name of readdirSync(inRepo('test'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue
    for (const [, codes, code] of read(`test/${name}`).matchAll(CITED)) {
      for (const number of numbersIn(codes ?? code ?? '')) {
        cited.set(number, (cited.get(number) ?? new Set()).add(`test/${name}`))
      }
    }
  }
  return cited
}

/** The entries of a list: the number of each, and the files that it links to. */
function entriesOf (page: string): Array<[number: string, files: string[]]> {
  const text = read(page)
  const defined = new Map([...text.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(
    ([, label = '', target = '']) => [label, fileOf(page, target) ?? '']
  ))
  return [...text.matchAll(/^- \*\*([STF]\d+)\*\* ([\s\S]*?)(?=\n- |\n\n)/gm)].map(([, number = '', entry = '']) => [
    number, [...entry.matchAll(/\]\[([^\]]+)\]/g)].map(([, label = '']) => defined.get(label) ?? '')
  ])
}

t.test('every number that a test name cites is in the lists, whose entry links to a test that cites it', async (t) => {
  const entries = LISTS.flatMap(entriesOf)
  const lists = new Map(entries)
  t.equal(lists.size, entries.length, 'no number is there twice')
  const cited = citations()
  t.ok(cited.size > 80, `${cited.size} numbers are cited`)
  for (const [number, files] of cited) {
    const linked = lists.get(number)
    t.ok(linked, `${number}, which ${[...files].join(', ')} cites`)
    t.ok(linked?.some((file) => files.has(file)), `${number} links to one of ${[...files].join(', ')}`)
  }
})
