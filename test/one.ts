// Runs test files by the shortest way: `npm run test:one test/s3/range.test.ts`. Tests of the built server build it
// first where it is stale; tests that need Ceph start it by way of tap.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { staleReason } from './support/built.js'
import { inRepo } from './support/repo-root.js'

const NEEDS_BUILD = /test\/(system|worst|soak)\//
const NEEDS_CEPH = /support\/ceph\.js'/
const LIMIT_S = 600

const files = process.argv.slice(2).map((file) => resolve(file))
if (files.length === 0) console.error('which test? npm run test:one test/s3/range.test.ts')
process.exitCode = files.length === 0 || !files.every(passes) ? 1 : 0

function passes (file: string): boolean {
  const stale = NEEDS_BUILD.test(file) ? staleReason() : undefined
  if (stale !== undefined) {
    console.error(`building, because ${stale}`)
    if (!run('npm', 'run', '--silent', 'build')) return false
  }
  if (NEEDS_CEPH.test(readFileSync(file, 'utf8'))) return run('npx', 'tap', '--jobs=1', file)
  const sources = `--import=${inRepo('test/support/sources.js')}`
  return run(process.execPath, sources, '--disable-warning=NodeVersionSupportWarning', file)
}

function run (program: string, ...args: string[]): boolean {
  const env = { ...process.env, TAP_TIMEOUT: String(LIMIT_S) }
  return spawnSync(program, args, { cwd: inRepo('.'), env, stdio: 'inherit' }).status === 0
}
