import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'
import { FILE_NAME } from '../../store/lmdb/databases.js'
import { clearStore, storeStats, verifyStore } from '../../store/lmdb/maintenance.js'
import { isReadable } from '../../store/open-store.js'
import { PlantedFile, ownPath } from '../../util/own-path.js'
import type { ExitCode } from '../../util/operator-error.js'
import { CommandError } from '../errors.js'
import { bytes, count } from '../format.js'

export type StoreAction = 'stats' | 'verify' | 'clear'

/**
 * What `object-torrent store …` prints, and its exit code. A server may use the store meanwhile.
 * @param named what the data directory was given as
 * @throws CommandError
 */
export async function runStoreAction (
  action: StoreAction, directory: string, named: string
): Promise<{ text: string, exitCode: ExitCode }> {
  const path = join(directory, FILE_NAME)
  if (!existsSync(path)) {
    return { text: `There is no store in ${directory}; ${named} names another directory.\n`, exitCode: 1 }
  }
  assertUsable(path)
  if (!(await isReadable(path))) {
    return {
      text: `${path} is damaged. The server sets it aside when it starts, and hashes again what is asked for; or ` +
        'remove the file.\n',
      exitCode: 1
    }
  }
  if (action === 'clear') {
    return { text: `Forgot the hashes of ${count(await clearStore(path), 'object')}.\n`, exitCode: 0 }
  }
  if (action === 'stats') return { text: await statsText(path), exitCode: 0 }
  const { whole, damaged } = await verifyStore(path)
  if (damaged.length === 0) return { text: `${count(whole, 'record')} checked: all whole.\n`, exitCode: 0 }
  return {
    text: `${count(damaged.length, 'object')} with damaged records, ${count(whole, 'record')} whole. Damaged ones ` +
      `are never served: the object is hashed again.\n${damaged.map((id) => `  ${id}\n`).join('')}`,
    exitCode: 1
  }
}

function assertUsable (path: string): void {
  try {
    for (const file of [path, `${path}-lock`]) ownPath(file)
    accessSync(path, constants.R_OK | constants.W_OK)
  } catch (cause) {
    if (cause instanceof PlantedFile) throw new CommandError(`${cause.message}; it is not written to.`, { cause })
    throw new CommandError(
      `${path} cannot be used (${String((cause as NodeJS.ErrnoException).code)}); be the user whose server keeps it.`,
      { cause }
    )
  }
}

async function statsText (path: string): Promise<string> {
  const { torrents, objectBytes, unfinished, fileBytes, usedBytes, leastRecentlyUsed } = await storeStats(path)
  return [
    path,
    `  ${count(torrents, 'torrent')} of objects of ${bytes(objectBytes)} in all`,
    `  ${count(unfinished, 'object')} hashed in part`,
    `  ${bytes(usedBytes)} used, the file has ${bytes(fileBytes)}`,
    ...leastRecentlyUsed === undefined ? [] : [`  least recently used: ${new Date(leastRecentlyUsed).toISOString()}`]
  ].join('\n') + '\n'
}
