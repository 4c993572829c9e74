import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { missingPackages } from './programs.js'
import { inRepo } from './repo-root.js'

/** Nothing is installed on somebody's machine that did not ask for it. */
export const mayInstall = process.env.CI === 'true' || process.env['OBJECT_TORRENT_TEST_INSTALL'] === 'yes'

/** Installs the programs that are missing, where that may be: apt, as root on Debian. @throws what apt says */
export async function installPrograms (): Promise<void> {
  const packages = mayInstall ? missingPackages() : []
  if (packages.length === 0) return
  const { stdout, stderr } = await promisify(execFile)(
    'sh', [inRepo('test/support/install-programs.sh'), 'all the tests', ...packages], { timeout: 900_000 }
  )
  console.error(stdout + stderr)
}
