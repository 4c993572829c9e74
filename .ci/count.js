// Prints "N passed, N failed, N skipped": the assertions in the results that tap wrote. Fails where one failed or none is.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Parser } from 'tap-parser'

const results = '.tap/test-results'
const counts = { passed: 0, failed: 0, skipped: 0 }
for (const file of readdirSync(results, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tap'))) {
  for (const [event, result] of Parser.parse(readFileSync(join(results, file), 'utf8'), { flat: true })) {
    if (event !== 'assert') continue
    counts[result.skip ? 'skipped' : result.ok ? 'passed' : 'failed']++
  }
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0
