import type { Dir } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { OriginUnavailable } from '../origin-errors.js'

/**
 * The keys that begin with `prefix`, of everything below a bucket's directory that is no directory itself. Links to
 * directories are not followed: they may lead in a circle.
 * @throws OriginUnavailable, the signal's reason
 */
export async function * keysOf (
  directory: string, prefix: string, signal: AbortSignal, below = ''
): AsyncGenerator<string> {
  for await (const entry of await opened(join(directory, below))) {
    signal.throwIfAborted()
    const key = below + entry.name
    if (entry.isDirectory()) {
      if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)) {
        yield * keysOf(directory, prefix, signal, `${key}/`)
      }
    } else if (key.startsWith(prefix)) yield key
  }
}

async function opened (path: string): Promise<Dir> {
  try {
    return await opendir(path)
  } catch (cause) {
    throw new OriginUnavailable(`the directory ${path} cannot be read`, { cause })
  }
}
