import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { readState } from './ceph-cluster.js'
import { cleanEnv } from './clean-env.js'
import type { KeyPair } from './key-pair.js'
import { hasProgram, programPath, skipOrFail } from './programs.js'

/** A running Ceph RADOS Gateway with two users. Path style, or `<bucket>.localhost`. */
export interface Ceph {
  readonly endpoint: string
  readonly alice: KeyPair
  readonly bob: KeyPair
  /** Path of an AWS shared credentials file with the profiles [alice] and [bob]. Tests do not write to it. */
  readonly credentialsFile: string
  /** Runs radosgw-admin and resolves with what it printed (JSON); rejects when it fails or takes 30 s. */
  radosgwAdmin (...args: string[]): Promise<string>
}

const run = promisify(execFile)

/**
 * The running Ceph. Undefined when there is none: the test has then been visibly skipped, or has failed where CI=true.
 * Several test files share it, at the same time: each makes buckets with names of its own.
 */
export function ceph (t: Test): Ceph | undefined {
  const state = readState()
  if (state === undefined) {
    skipOrFail(
      t,
      hasProgram('radosgw')
        ? 'Ceph was not started'
        : 'radosgw is not installed: apt-get install ceph-mon ceph-osd radosgw ceph-common'
    )
    return undefined
  }
  const { dir, endpoint, alice, bob } = state
  return {
    endpoint,
    alice,
    bob,
    credentialsFile: join(dir, 'credentials'),
    radosgwAdmin: async (...args) => {
      const { stdout } = await run(
        programPath('radosgw-admin'),
        ['-c', join(dir, 'ceph.conf'), '-n', 'client.rgw', ...args],
        { env: cleanEnv(), timeout: 30_000 }
      )
      return stdout
    }
  }
}
