// Runs before the tests (tap --before): installs the real programs and a Node 24 where that is possible, and starts Ceph.
// OBJECT_TORRENT_TEST_CEPH=off saves its six seconds where one works on other tests.
import { execFileSync } from 'node:child_process'
import { startCeph } from './ceph-cluster.js'
import { installNode24 } from './node-24.js'
import { hasProgram, missingPackages } from './programs.js'
import { inRepo } from './repo-root.js'

const cephPrograms = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'curl'] as const
const wanted = process.env['OBJECT_TORRENT_TEST_CEPH'] !== 'off'

function failOrSay (error: unknown): void {
  console.error(error instanceof Error ? error.message : error)
  if (process.env.CI === 'true') process.exitCode = 1
}

try {
  installNode24()
} catch (error) {
  failOrSay(error)
}
if (!wanted) {
  console.error('Ceph is switched off: its tests are skipped')
} else {
  try {
    const packages = missingPackages()
    if (packages.length > 0) {
      execFileSync('sh', [inRepo('test/system/support/install-programs.sh'), 'all the system tests', ...packages], { stdio: ['ignore', 2, 2], timeout: 900_000 })
    }
    if (cephPrograms.every(hasProgram)) await startCeph(process.ppid)
    else console.error('Ceph is not installed: its tests are skipped')
  } catch (error) {
    failOrSay(error)
  }
}
