import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { UsageError } from '../errors.js'
import type { PrefixSource } from '../prefix/prefix-source.js'

/**
 * What is written into a folder while its files are hashed would be one of them the next time, and make another torrent
 * of it.
 * @param what is to be written @param then what to do about it
 * @throws UsageError
 */
export async function assertOutside (
  { directory, label }: PrefixSource, path: string, what: string, then: string
): Promise<void> {
  if (directory === undefined) return
  const real = await realOf(resolve(path))
  if (real === directory || real.startsWith(join(directory, sep))) {
    throw new UsageError(`${what} would be written into ${label}, of which the torrent is; ${then}.`)
  }
}

/** With the links of what is there resolved. */
async function realOf (path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const above = dirname(path)
    return above === path ? path : join(await realOf(above), basename(path))
  }
}
