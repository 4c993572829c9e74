import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Config } from '../../config/load.js'
import { encodeUriPath } from '../../s3/uri.js'
import { fileNameOf, torrentFileName } from '../../torrent/file-name.js'

const MAX_ENTRIES = 1000

/** What to paste next: a curl line for an object that is there, or the aws command. */
export async function invitation (config: Config, listener: string): Promise<string> {
  const url = config.tls === undefined ? listener : config.publicUrl ?? listener // a certificate is for a name
  const sample = 'directory' in config.origin && config.anonymous === 'origin'
    ? await firstObject(config.origin.directory)
    : undefined
  const command = sample === undefined
    ? `aws s3api get-object-torrent --endpoint-url ${url} --bucket BUCKET --key KEY out.torrent`
    : `curl -fo '${shellSafe(torrentFileName(fileNameOf(sample)))}' '${url}/${encodeUriPath(sample)}?torrent'`
  const local = config.publicUrl === undefined && isWildcard(config.host)
    ? `Torrents will name ${url}; set --public-url to what others can reach.\n`
    : ''
  return `Fetch a torrent:\n  ${command}\n${local}`
}

/** `bucket/key` of some file in a directory of buckets, looking at no more than a thousand entries. */
async function firstObject (directory: string): Promise<string | undefined> {
  const left = { entries: MAX_ENTRIES }
  const path = await firstFile(directory, 0, left)
  return path === undefined ? undefined : relative(directory, path).split(sep).join('/')
}

async function firstFile (directory: string, depth: number, left: { entries: number }): Promise<string | undefined> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (left.entries-- <= 0) return undefined
    const path = join(directory, entry.name)
    if (entry.isFile() && depth > 0) return path
    const below = entry.isDirectory() ? await firstFile(path, depth + 1, left) : undefined
    if (below !== undefined) return below
  }
  return undefined
}

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::'

// Inside single quotes only the quote itself is special.
const shellSafe = (text: string): string => text.replaceAll("'", '_')
