// Runs before the tests (tap --before): starts Ceph; OBJECT_TORRENT_TEST_CEPH=off saves its six seconds where one works
// on other tests. Only where CI=true or OBJECT_TORRENT_TEST_INSTALL=yes it installs what is missing: the programs (apt,
// as root on Debian), a Node 24 where that is possible, and the stores that npm has. Elsewhere a test whose program is
// missing is skipped, and says what to install.
import { startCeph } from './ceph-cluster.js'
import { installPrograms, mayInstall } from './install-programs.js'
import { installNode24 } from './node-24.js'
import { hasProgram } from './programs.js'
import { installNpmStores } from './stores/npm-stores.js'

const cephPrograms = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'curl'] as const
const wanted = process.env['OBJECT_TORRENT_TEST_CEPH'] !== 'off'

async function programsAndCeph (): Promise<void> {
  if (!wanted) {
    console.error('Ceph is switched off: its tests are skipped')
    return
  }
  await installPrograms()
  if (cephPrograms.every(hasProgram)) await startCeph(process.ppid)
  else console.error('Ceph is not installed: its tests are skipped')
}

const fromNpm = mayInstall ? [installNode24(), installNpmStores()] : []
for (const outcome of await Promise.allSettled([programsAndCeph(), ...fromNpm])) {
  if (outcome.status === 'fulfilled') continue
  const { reason } = outcome as { reason: unknown }
  console.error(reason instanceof Error ? reason.message : reason)
  if (process.env.CI === 'true') process.exitCode = 1
}
