// Runs every test that needs no build, in as many processes as there are cores. A process imports one file after the
// other, because starting tsx and tap costs more than most files do. `npm run test:unit s3` runs those whose path has
// `s3` in it. What a few of them ask other programs is skipped where those are not installed, which fails in CI: there
// they are installed first.
import { fork } from 'node:child_process'
import { createWriteStream, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { Parser } from 'tap-parser'
import type { Result } from 'tap-parser'
import { installPrograms } from './support/install-programs.js'
import { inRepo } from './support/repo-root.js'

const OTHERS = ['system', 'worst', 'soak', 'support']
const FILE_LIMIT_MS = 120_000
const RESULTS = inRepo('.tap/unit-results')

await installPrograms()
const started = performance.now()
const files = unitTests().filter((file) => process.argv.slice(2).every((part) => file.includes(part)))
rmSync(RESULTS, { recursive: true, force: true })
mkdirSync(RESULTS, { recursive: true })
const queue = [...files]
const totals = { passed: 0, failed: 0, skipped: 0 }
const ran = new Set<string>()
// One more than there are cores: some tests wait for a timer.
const processes = Math.min(availableParallelism() + 1, files.length)
await Promise.all(Array.from({ length: processes }, (_, index) => runProcess(join(RESULTS, `${index}.tap`))))
for (const file of files) if (!ran.has(file)) fail(`${file} was not run`)
console.log(
  `${files.length} files: ${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped in ` +
  `${((performance.now() - started) / 1000).toFixed(1)} s`
)
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0

/** The longest files first, so that no process is left with one at the end. */
function unitTests (): string[] {
  const size = (file: string): number => statSync(inRepo(file)).size
  return readdirSync(inRepo('test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !OTHERS.includes(file.split('/')[0] ?? ''))
    .map((file) => `test/${file}`)
    .sort((a, b) => size(b) - size(a))
}

/** Gives a process one file after the other, and prints what fails. Its TAP is kept in `path`. */
async function runProcess (path: string): Promise<void> {
  let file = 'no file'
  let ended = false
  const child = fork(inRepo('test/support/unit-process.ts'), {
    // The warning is the AWS SDK's about Node 20.
    execArgv: [`--import=${inRepo('test/support/sources.js')}`, '--disable-warning=NodeVersionSupportWarning'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  let limit: NodeJS.Timeout | undefined
  const expire = (): void => {
    fail(`${file} did not end in ${FILE_LIMIT_MS} ms`)
    child.kill('SIGKILL')
  }
  child.on('message', (message) => {
    if (message !== 'next') return // tsx tells its parent of what it loads
    clearTimeout(limit)
    limit = setTimeout(expire, FILE_LIMIT_MS)
    const next = queue.shift()
    if (next !== undefined) file = next
    ended = next === undefined
    child.send(next ?? 'end')
  })
  const parser = new Parser({ strict: false })
  watch(parser, [])
  child.stdout?.pipe(parser)
  const kept = child.stdout?.pipe(createWriteStream(path))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  clearTimeout(limit)
  if (kept !== undefined) await finished(kept)
  if (!ended || code === null || code > 1) fail(`the process of ${file} ended with ${code}`)
}

/** Counts the assertions of a test and its subtests. Those of the process itself are its files. */
function watch (parser: Parser, names: string[]): void {
  parser.on('child', (child: Parser) => { watch(child, [...names, child.name]) })
  parser.on('assert', (result: Result) => {
    if (names.length === 0) ran.add(result.name)
    if (result.skip !== false) totals.skipped++
    else if (result.ok) totals.passed++
    else fail([...names, result.name].join(' > '), result.diag)
  })
}

function fail (what: string, diag?: unknown): void {
  totals.failed++
  console.log(`not ok - ${what}`)
  if (diag !== undefined) console.log(JSON.stringify(diag, undefined, 2).replaceAll(String.raw`\n`, '\n'))
}
