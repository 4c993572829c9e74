// Writes the list of options in docs/options.md from the schema; with --check it says whether the list is up to date.
// Needs a build.
import { readFileSync, writeFileSync } from 'node:fs'
import { OPTIONS } from '../dist/config/options.js'

const COLUMNS = 120
/** The heading that stands before an option. */
const HEADINGS = {
  host: 'The listener',
  origin: 'The origin',
  'credentials-file': 'Who may read',
  'public-url': 'What torrents name',
  'tracker-port': 'Tracker and seeder',
  'upload-slots': 'Delivery',
  'trust-proxy': 'Clients and their bounds',
  'admin-port': 'The admin listener',
  'piece-length': 'Torrents, hashing, hashes',
  'log-level': 'Logs'
}

const page = new URL('options.md', import.meta.url)
const gone = Object.keys(HEADINGS).filter((name) => !(name in OPTIONS))
if (gone.length > 0) throw new Error(`headings for options that are gone: ${gone.join(', ')}`)

const lines = Object.entries(OPTIONS).flatMap(([name, { title, description, default: value }]) => {
  const shown = value === undefined || Array.isArray(value) ? '' : ` (default \`${value}\`)`
  const heading = HEADINGS[name] === undefined ? [] : ['', `### ${HEADINGS[name]}`, '']
  return [...heading, ...wrapped(`- **\`--${name} ${title}\`**${shown}: ${description}`)]
})
const before = readFileSync(page, 'utf8')
const after = before.replace(
  /(<!-- options: [^\n]*-->\n)[\s\S]*?(<!-- \/options -->)/,
  (_, start, end) => `${start}${lines.join('\n')}\n\n${end}`
)

if (process.argv.includes('--check')) {
  if (before !== after) {
    console.error('docs/options.md is out of date: npm run docs')
    process.exitCode = 1
  }
} else {
  writeFileSync(page, after)
}

/** An item of a list, in lines. What is between backticks stays together. */
function wrapped (item) {
  const lines = []
  let line = ''
  for (const word of item.match(/(?:`[^`]*`|[^\s`])+/g) ?? []) {
    if (line !== '' && line.length + 1 + word.length > COLUMNS) {
      lines.push(line)
      line = `  ${word}`
    } else line += line === '' ? word : ` ${word}`
  }
  return [...lines, line]
}
