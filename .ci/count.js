// Prints "N passed, N failed": the assertions in the results that tap wrote. Fails where one failed or none is.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Parser } from 'tap-parser'

const results = '.tap/test-results'
const counts = { passed: 0, failed: 0, skipped: 0 }
const files = existsSync(results)
  ? readdirSync(results, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tap'))
  : []
for (const file of files) {
  for (const [event, result] of Parser.parse(readFileSync(join(results, file), 'utf8'), { flat: true })) {
    if (event !== 'assert') continue
    counts[result.skip ? 'skipped' : result.ok ? 'passed' : 'failed']++
  }
}
if (counts.skipped > 0) console.log(`${counts.skipped} skipped`)
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0
