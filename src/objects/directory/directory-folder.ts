import type { Dir, Dirent } from 'node:fs'
import { opendir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { utf8Order } from '../../util/utf8-order.js'
import type { FolderRequest } from '../folder-listing.js'
import { OriginUnavailable } from '../origin-errors.js'

/** Names that are in memory, twice: a directory may have millions. */
const MAX_NAMES = 1_000
/** Of the directory, read at once. */
const ENTRIES_READ = 256

/**
 * The names below a bucket's directory that begin with `prefix`, up to the next `/`, behind `after`, in the order of
 * UTF-8; a directory's ends in `/`. Links to directories are not followed, as keysOf does not.
 * @throws OriginUnavailable, the signal's reason
 */
export async function * namesOf (
  bucketPath: string, { prefix, after, wanted }: Omit<FolderRequest, 'bucket'>, signal: AbortSignal
): AsyncGenerator<string> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const most = Math.min(wanted, MAX_NAMES)
  let last = after
  for (;;) {
    const names = await firstNames(join(bucketPath, folder), { folder, prefix, after: last, most }, signal)
    yield * names
    if (names.length < most) return
    last = names.at(-1) ?? last
  }
}

interface NamesWanted {
  readonly folder: string
  readonly prefix: string
  readonly after: string
  readonly most: number
}

async function firstNames (
  path: string, { folder, prefix, after, most }: NamesWanted, signal: AbortSignal
): Promise<string[]> {
  const directory = await opened(path, folder)
  if (directory === undefined) return []
  let names: string[] = []
  let beyond: string | undefined // whatever is not before this is not among the first
  for await (const entry of directory) {
    signal.throwIfAborted()
    const name = folder + entry.name + (entry.isDirectory() ? '/' : '')
    if (!name.startsWith(prefix) || utf8Order(name, after) <= 0) continue
    if (beyond !== undefined && utf8Order(name, beyond) >= 0) continue
    names.push(name)
    if (names.length < 2 * most) continue
    names = names.sort(utf8Order).slice(0, most)
    beyond = names.at(-1)
  }
  return names.sort(utf8Order).slice(0, most)
}

/** Undefined: there is none, or a link leads to it. */
async function opened (path: string, folder: string): Promise<AsyncIterable<Dirent> | undefined> {
  // A prefix is a string to S3 and a path here, which must not leave the bucket.
  if (folder.split('/').slice(0, -1).some((part) => ['', '.', '..'].includes(part))) return undefined
  let directory: Dir
  try {
    if (join(await realpath(path), '/') !== join(path, '/')) return undefined
    directory = await opendir(path, { bufferSize: ENTRIES_READ })
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'].includes(code)) return undefined
    throw new OriginUnavailable(`the directory ${path} cannot be read`, { cause })
  }
  return directory
}
