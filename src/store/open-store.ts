import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { FILE_NAME } from './lmdb/databases.js'
import { LmdbStore } from './lmdb/lmdb-store.js'
import { MemoryStore } from './memory/memory-store.js'
import type { OpenedStore } from './opened-store.js'
import type { StoreLog } from './store-log.js'
import { ownPath } from '../util/own-path.js'

const MEMORY_BYTES = 64 * 1024 * 1024
const CHECK_MS = 60_000
const SOON_MS = 500

export interface StoreOptions {
  readonly directory: string
  /** Bytes that the file may have. */
  readonly maxBytes: number
  readonly log: StoreLog
}

/**
 * The store in a data directory, which is made where there is none. A damaged file is set aside, and where no file can
 * be had the store is in memory: the log says so, and everything else goes on.
 */
export async function openStore ({ directory, maxBytes, log }: StoreOptions): Promise<OpenedStore> {
  try {
    makeDirectory(directory)
    const path = join(directory, FILE_NAME)
    for (const name of readdirSync(directory)) {
      if (/^torrents-\d+\.mdb$/.test(name) && name !== FILE_NAME) {
        log.warn(
          { file: join(directory, name) },
          'a store of another version is left alone; this version keeps its own beside it'
        )
      }
    }
    for (const file of [path, `${path}-lock`]) ownPath(file) // LMDB writes to what they lead to
    const existed = existsSync(path)
    if (existed) accessSync(path, constants.R_OK | constants.W_OK)
    if (!(await isSound(path)) && !(await isSoundSoon(path))) await replace(path, existed, log)
    return new LmdbStore(path, { maxBytes, log, now: Date.now })
  } catch (error) {
    log.warn(
      { err: error, directory }, 'no store can be kept in this directory; hashes are kept in memory until the end'
    )
    return new MemoryStore({ maxBytes: Math.min(maxBytes, MEMORY_BYTES) })
  }
}

// Not mkdirSync's `recursive`, which tries for ever where a parent is there and takes no directories, as /proc.
function makeDirectory (path: string): void {
  if (existsSync(path)) return
  if (path !== dirname(path)) makeDirectory(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

// Another process may be making it just now.
async function isSoundSoon (path: string): Promise<boolean> {
  await sleep(SOON_MS)
  return isSound(path)
}

// Where a new file is no better, the old one is not to blame: it comes back with the very lock that others may hold.
async function replace (path: string, existed: boolean, log: StoreLog): Promise<void> {
  const moved = [path, `${path}-lock`].filter((file) => existsSync(file))
  for (const file of moved) renameSync(file, `${file}.damaged`)
  if (!(await isSound(path))) {
    for (const file of [path, `${path}-lock`]) rmSync(file, { force: true })
    for (const file of moved) renameSync(`${file}.damaged`, file)
    throw new Error('a store cannot be written there')
  }
  rmSync(`${path}-lock.damaged`, { force: true })
  if (existed) log.warn({ file: `${path}.damaged` }, 'the store is damaged and was set aside; objects are hashed again')
}

/**
 * Whether LMDB can walk through the file and write to it without an error or the end of the process; after a minute
 * that is taken for granted. Makes the file where there is none.
 */
export async function isSound (path: string): Promise<boolean> {
  return check(path)
}

/** The same of reading alone: for who changes nothing. */
export async function isReadable (path: string): Promise<boolean> {
  return check(path, 'read')
}

// @throws when the check could not be run, which says nothing of the file
async function check (...args: string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [fileURLToPath(new URL('lmdb/check-file.js', import.meta.url)), ...args], {
      timeout: CHECK_MS
    }, (error) => {
      if (error !== null && typeof error.code === 'string') reject(error) // of the system, as EAGAIN
      else resolve(error === null || error.killed === true)
    })
  })
}
