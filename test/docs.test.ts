import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { OPTIONS } from '../src/config/options.js'
import { inRepo } from './support/repo-root.js'

const PAGES = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(inRepo('docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)
]
const read = (page: string): string => readFileSync(inRepo(page), 'utf8')
/** As GitHub makes the anchor of a heading. */
const anchors = (page: string): string[] => [...read(page).matchAll(/^#+ (.*)$/gm)].map(
  ([, heading = '']) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')
)

t.test('links lead somewhere', async (t) => {
  let seen = 0
  for (const page of PAGES) {
    for (const [, target = ''] of read(page).replace(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      seen++
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : join(dirname(page), path)
      t.ok(existsSync(inRepo(file)), `${page}: ${target}`)
      if (anchor !== undefined) t.ok(anchors(file).includes(anchor), `${page}: ${target}`)
    }
  }
  t.ok(seen > 40, `${seen} links`)
})

t.test('every page is reached from the README', async (t) => {
  for (const page of PAGES.filter((page) => page.startsWith('docs/'))) {
    t.ok(PAGES.some(
      (from) => from !== page && read(from).includes(
        `](${from.startsWith('docs/') ? page.replace('docs/', '') : page})`
      )
    ), page)
  }
})

t.test('files and options that are named exist', async (t) => {
  const text = PAGES.map(read).join('\n')
  const files = [...text.matchAll(/`((?:src|test|docker|bench)\/[\w./-]+\.\w+)`/g)].map(([, file = '']) => file)
  t.ok(files.length > 10)
  for (const file of files) t.ok(existsSync(inRepo(file)), file)
  const options = read('docs/operations.md').matchAll(/`--([a-z][a-z0-9-]+)/g)
  const named = [...options].map(([, name = '']) => name)
  t.ok(named.length > 10)
  for (const name of named) t.ok(name in OPTIONS || name === 'read-only', `--${name}`)
})
