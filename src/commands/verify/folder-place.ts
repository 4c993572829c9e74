import { lstat, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DirectoryOrigin } from '../../objects/directory/directory-origin.js'
import type { ExpectedFile } from '../../torrent/expected-torrent.js'
import { printable } from '../../util/unprintable.js'
import { NOT_FOLLOWED } from './place.js'
import type { Place } from './place.js'

/** So many files show which folder is meant. */
const PROBES = 100

/**
 * A folder of files. @param path of the folder that the torrent's name stands for, or of the one that has it: which one
 * has more of the first hundred files is taken, and the first one where both have as many
 */
export async function openFolder (path: string, name: string, files: readonly ExpectedFile[]): Promise<Place> {
  const folder = await folderOf(path, name, files)
  const root = await realpath(folder)
  const label = printable(folder)
  return {
    kind: 'file',
    origin: new DirectoryOrigin(root),
    requester: { keyPair: undefined, requestPayer: false },
    authorities: undefined,
    label,
    isOneObject: false,
    find: async (files) => files.map(({ path: key, isBelow }) => isBelow
      ? { object: { bucket: '.', key } }
      : { problem: NOT_FOLLOWED }),
    insteadOf: async ({ key }) => await isThere(join(root, key))
      ? { is: 'outside', reason: 'it is no file in there (but a link out of the folder, a folder, a device): not read' }
      : undefined,
    labelOf: ({ path }) => printable(join(folder, path)),
    close: async () => {}
  }
}

export async function isFolder (path: string): Promise<boolean> {
  return await stat(path).then((stats) => stats.isDirectory(), () => false)
}

async function folderOf (path: string, name: string, files: readonly ExpectedFile[]): Promise<string> {
  const inner = join(path, name)
  if (name === '' || name === '..' || /[/\\\0]/.test(name) || !await isFolder(inner)) return path
  const probes = files.filter(({ isBelow }) => isBelow).slice(0, PROBES)
  const countIn = async (folder: string): Promise<number> => {
    let there = 0
    for (const { path } of probes) if (await isThere(join(folder, path))) there++
    return there
  }
  return await countIn(inner) > await countIn(path) ? inner : path
}

async function isThere (path: string): Promise<boolean> {
  return await lstat(path).then(() => true, () => false)
}
