import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import type { Environment } from '../config/settings.js'
import { openStore } from '../store/open-store.js'
import type { OpenedStore } from '../store/opened-store.js'
import { OPTIONS } from '../config/options.js'
import { printable } from '../util/unprintable.js'

/** Where a command keeps hashes: in the directory of its `flag`, or in XDG's cache. */
export function dataDirectory (flag: string | undefined, env: Environment): string {
  if (flag !== undefined) return resolve(flag)
  const cache = env['XDG_CACHE_HOME'] ?? ''
  return join(isAbsolute(cache) ? cache : join(homedir(), '.cache'), 'object-torrent') // XDG: a relative path is none
}

/**
 * The store in a data directory. Whoever opens it closes it.
 * @param onLine told in a line what goes wrong
 */
export function openDataDirectory (
  directory: string, onLine: (line: string) => void, maxBytes: number = OPTIONS['store-size'].default
): Promise<OpenedStore> {
  const warn = (facts: object, message: string): void => {
    const { err } = facts as { err?: unknown }
    const why = ['directory' in facts ? String(facts.directory) : '', err instanceof Error ? err.message : '']
    onLine(printable(`object-torrent: ${message} (${why.filter((part) => part !== '').join(': ')})`))
  }
  return openStore({ directory, maxBytes, log: { warn } })
}
