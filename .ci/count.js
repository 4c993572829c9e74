// Prints "N passed, N failed": the assertions in the results that tap and test/unit.ts wrote. Fails where one failed or none is.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Parser } from 'tap-parser'

const RESULTS = ['.tap/unit-results', '.tap/test-results']
const counts = { passed: 0, failed: 0, skipped: 0 }
const files = RESULTS.filter((folder) => existsSync(folder)).flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.tap'))
    .map((name) => join(folder, name)))
for (const file of files) {
  for (const [event, result] of Parser.parse(readFileSync(file, 'utf8'), { flat: true })) {
    if (event !== 'assert') continue
    counts[result.skip ? 'skipped' : result.ok ? 'passed' : 'failed']++
  }
}
if (counts.skipped > 0) console.log(`${counts.skipped} skipped`)
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0
