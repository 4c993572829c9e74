import type { CommandContext } from '../context.js'
import type { Listing } from '../../objects/listing.js'
import { OriginRefusal } from '../../objects/origin-errors.js'
import type { Requester } from '../../objects/requester.js'
import type { ExpectedFile } from '../../torrent/expected-torrent.js'
import { torrentPaths } from '../../torrent/torrent-paths.js'
import { printable } from '../../util/unprintable.js'
import { CommandError } from '../errors.js'
import { count } from '../format.js'
import type { S3Flags } from '../s3-flags.js'
import { NOT_FOLLOWED } from './place.js'
import type { Place, Whereabouts } from './place.js'

/** Keys that are in memory at most; no .torrent that is read here has more files. */
const MAX_KEYS = 1_000_000

interface Bucket {
  readonly origin: Listing
  readonly bucket: string
  readonly requester: Requester
}

/**
 * The objects under a prefix. Their paths are those that a prefix torrent gives them; what has none of these is looked
 * for behind the prefix as its path says. @param name the torrent's, which may be one more folder behind the prefix
 */
export async function openPrefix (
  { bucket, prefix }: { readonly bucket: string, readonly prefix: string },
  name: string,
  flags: S3Flags,
  { env }: Pick<CommandContext, 'env'>
): Promise<Place> {
  const { openS3 } = await import('../open-s3.js') // the SDK is most of the start-up time
  const { origin, requester, outbound, ...opened } = await openS3(flags, env)
  const label = printable(`s3://${bucket}/${prefix}`)
  return {
    kind: 's3',
    origin,
    requester,
    authorities: outbound.authorities,
    label,
    isOneObject: false,
    async find (files, signal) {
      const keys = await keysOf({ origin, bucket, requester }, prefix, label, signal)
      const keyOf = keys === undefined ? (path: string) => asFolder(prefix) + path : bestKeys(keys, prefix, name, files)
      return files.map(({ path, isBelow }): Whereabouts => {
        if (!isBelow) return { problem: NOT_FOLLOWED }
        const key = keyOf(path)
        return key === undefined ? { problem: { is: 'missing' } } : { object: { bucket, key } }
      })
    },
    labelOf: ({ path }) => `${label}, ${printable(path)}`,
    close: () => opened.close()
  }
}

/** Undefined: they may not be listed. */
async function keysOf (
  { origin, bucket, requester }: Bucket, prefix: string, label: string, signal: AbortSignal
): Promise<string[] | undefined> {
  const keys: string[] = []
  try {
    for await (const { key } of origin.list(bucket, prefix, requester, signal)) {
      keys.push(key)
      if (keys.length > MAX_KEYS) {
        throw new CommandError(`${label} has more than ${count(MAX_KEYS, 'object')}; name a longer prefix.`)
      }
    }
  } catch (error) {
    if (error instanceof OriginRefusal && error.code === 'AccessDenied') return undefined
    throw error
  }
  if (keys.length === 0) throw new CommandError(`There is no object under ${label}.`)
  return keys
}

/** The key of a path, as the prefix has most of the files: as it is, as a folder, or as the folder above. */
function bestKeys (
  keys: readonly string[], prefix: string, name: string, files: readonly ExpectedFile[]
): (path: string) => string | undefined {
  let best = { found: -1, keyOf: (_: string): string | undefined => undefined }
  for (const candidate of new Set([prefix, asFolder(prefix), `${asFolder(prefix)}${name}/`])) {
    const keyOf = keysUnder(keys.filter((key) => key.startsWith(candidate)), candidate)
    const found = files.filter(({ path, isBelow }) => isBelow && keyOf(path) !== undefined).length
    if (found > best.found) best = { found, keyOf }
    if (found === files.length) break
  }
  return best.keyOf
}

function keysUnder (keys: readonly string[], prefix: string): (path: string) => string | undefined {
  const byPath = new Map(torrentPaths(prefix, keys).map(({ key, path }) => [path.join('/'), key]))
  const known = new Set(keys)
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  return (path) => byPath.get(path) ?? (known.has(folder + path) ? folder + path : undefined)
}

function asFolder (prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`
}
