import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cleanEnv } from './clean-env.js'
import { isAlive, withFileLock } from './file-lock.js'
import { freePort } from './free-port.js'
import { credentialsText } from './key-pair.js'
import type { KeyPair } from './key-pair.js'
import { inRepo } from './repo-root.js'

/** What the test processes are told about the running Ceph. `users` are the pids of the test runs that share it. */
export interface CephState {
  dir: string
  endpoint: string
  alice: KeyPair
  bob: KeyPair
  users: number[]
}

const alice: KeyPair = {
  accessKeyId: 'ALICEACCESSKEY000001', secretAccessKey: 'alicesecretkey0000000000000000000000000'
}
const bob: KeyPair = { accessKeyId: 'BOBACCESSKEY00000001', secretAccessKey: 'bobsecretkey000000000000000000000000000' }

const stateFile = inRepo('.tap/ceph.json')
const lockFile = inRepo('.tap/ceph.lock')
const script = inRepo('test/support/ceph.sh')
const run = promisify(execFile)

/**
 * Starts Ceph for the test run `user` (a pid), or joins the one that a test run still under way has started. One left
 * behind by a run that was killed is removed first. Rejects with the tail of the logs.
 */
export async function startCeph (user: number): Promise<void> {
  mkdirSync(inRepo('.tap'), { recursive: true })
  await withFileLock(lockFile, 120_000, async () => {
    const state = readState()
    const users = [...state?.users ?? [], user].filter(isAlive)
    if (state !== undefined && users.some((other) => other !== user) && await answers(state.endpoint)) {
      writeState({ ...state, users })
      return
    }
    if (state !== undefined) await down(state.dir)
    const dir = mkdtempSync(join(tmpdir(), 'object-torrent-ceph-'))
    const port = await freePort()
    try {
      await run('bash', [script, 'up', dir, String(port), String(await freePort())], {
        timeout: 110_000,
        env: cleanEnv({
          ALICE_KEY: alice.accessKeyId,
          ALICE_SECRET: alice.secretAccessKey,
          BOB_KEY: bob.accessKeyId,
          BOB_SECRET: bob.secretAccessKey
        })
      })
    } catch (error) {
      await down(dir)
      const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)
      throw new Error(`Ceph could not be started: ${said}`, { cause: error })
    }
    writeFileSync(join(dir, 'credentials'), credentialsText({ alice, bob }), { mode: 0o600 })
    writeState({ dir, endpoint: `http://127.0.0.1:${port}`, alice, bob, users: [user] })
  })
}

/** Stops Ceph unless another test run still uses it. */
export async function stopCeph (user: number): Promise<void> {
  const state = readState()
  if (state === undefined) return
  await withFileLock(lockFile, 120_000, async () => {
    const state = readState()
    if (state === undefined) return
    const users = state.users.filter((other) => other !== user && isAlive(other))
    if (users.length > 0) {
      writeState({ ...state, users })
    } else {
      rmSync(stateFile, { force: true })
      await down(state.dir)
    }
  })
}

async function down (dir: string): Promise<void> {
  await run('bash', [script, 'down', dir], { env: cleanEnv(), timeout: 60_000 })
}

async function answers (endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(5_000) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

/** The Ceph that startCeph has started, if any. */
export function readState (): CephState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile, 'utf8')) as CephState
  } catch {
    return undefined
  }
}

function writeState (state: CephState): void {
  writeFileSync(stateFile, JSON.stringify(state))
}
