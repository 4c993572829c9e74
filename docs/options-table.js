// Writes the options table of README.md from the schema; with --check says whether it is up to date. Needs a build.
import { readFileSync, writeFileSync } from 'node:fs'
import { OPTIONS } from '../dist/config/options.js'

const readme = new URL('../README.md', import.meta.url)
const rows = Object.entries(OPTIONS).map(([name, { title, description, default: value }]) => {
  const shown = value === undefined || Array.isArray(value) ? '' : `\`${value}\``
  return `| \`--${name}\` | \`${title.replaceAll('|', '\\|')}\` | ${shown} | ${description} |`
})
const table = ['| flag | value | default | meaning |', '|---|---|---|---|', ...rows].join('\n')
const before = readFileSync(readme, 'utf8')
const after = before.replace(
  /(<!-- options: [^\n]*-->\n)[\s\S]*?(<!-- \/options -->)/, (_, start, end) => `${start}${table}\n${end}`
)

if (process.argv.includes('--check')) {
  if (before !== after) {
    console.error('The options table of README.md is out of date: npm run docs')
    process.exitCode = 1
  }
} else {
  writeFileSync(readme, after)
}
