import type { ObjectsProgress } from '../../hashing/job.js'
import { GROUPS_AT_ONCE } from '../../hashing/prefix-job.js'
import type { OpenedStore } from '../../store/opened-store.js'
import type { LaidManifest } from '../../torrent/manifest.js'
import { manifestInfo } from '../../torrent/manifest.js'
import { torrentAround } from '../../torrent/torrent.js'
import { printable } from '../../util/unprintable.js'
import { warmPrefix } from '../../warming/warm-prefix.js'
import type { WarmPrefixParts } from '../../warming/warm-prefix.js'
import { openDataDirectory } from '../data-directory.js'
import { CommandError } from '../errors.js'
import { count } from '../format.js'
import { openHasher } from '../open-hasher.js'
import { prefixRefusalOf } from '../prefix/prefix-refusal.js'
import { prefixParts } from '../prefix/prefix-source.js'
import type { PrefixSource } from '../prefix/prefix-source.js'
import type { Progress } from '../progress.js'
import { finished, interrupted } from './make-torrent.js'
import type { MadeTorrent, TorrentSettings } from './make-torrent.js'

/** Of files that are in no torrent: a folder may have thousands. */
const MAX_NAMED = 10

export interface PrefixSettings extends TorrentSettings {
  readonly maxObjects: number
}

/**
 * Hashes all objects of the source, as far as the data directory does not know them, and makes one torrent of them.
 * @param webSeeds URLs, filled
 * @throws CommandError, also where the signal has fired: what was hashed until then is kept
 */
export async function makePrefixTorrent (
  source: PrefixSource, settings: PrefixSettings, directory: string, progress: Progress, signal: AbortSignal
): Promise<MadeTorrent> {
  const { origin, bucket, prefix, name, requester, label, authorities } = source
  const { announce, webSeeds, pieceLength, metaVersion, maxObjects } = settings
  const onLine = (line: string): void => progress.line(line)
  const hasher = openHasher(GROUPS_AT_ONCE, onLine, authorities)
  const started = performance.now()
  let store: OpenedStore | undefined
  let done: ObjectsProgress = { count: 0, hashed: 0, bytesHashed: 0, bytesKnown: 0 }
  try {
    const limits = { maxObjectSize: 0, maxObjects, maxPrefixSize: Number.MAX_SAFE_INTEGER }
    progress.line(`listing ${label}`)
    const parts: WarmPrefixParts = {
      ...prefixParts(origin, limits),
      hasher,
      get store () { return store } // which is made for what can be hashed
    }
    const made = await warmPrefix(
      parts,
      { bucket, prefix, name, requester, pieceLength, metaVersion },
      {
        async onDescribed ({ manifest }) {
          store ??= await openDataDirectory(directory, onLine)
          await sayLeftOut(source, manifest, progress, signal)
          if (webSeeds.length > 0) sayRenamed(source, manifest, progress)
          progress.begin(`${label}, ${count(manifest.files.length, 'object')}`, bytesOf(manifest))
        },
        onProgress (now) {
          done = now
          progress.update(now.bytesHashed, now.bytesKnown, undefined, now.hashed)
        }
      },
      signal
    )
    const torrent = torrentAround(made.manifest.identity, manifestInfo(made.manifest), {
      trackers: announce, webSeeds, exactSource: undefined, lastModified: made.lastModified
    })
    return {
      ...finished(torrent, made.digests),
      seconds: (performance.now() - started) / 1000,
      bytesRead: done.bytesHashed - done.bytesKnown
    }
  } catch (error) {
    if (signal.aborted) throw interrupted(done.bytesHashed, label, directory, error)
    const refusal = prefixRefusalOf(error, source)
    throw refusal === undefined ? error : new CommandError(`${refusal}.`, { cause: error })
  } finally {
    await hasher.close()
    await store?.close()
  }
}

function bytesOf ({ files }: LaidManifest): number {
  return files.reduce((sum, { size }) => sum + size, 0)
}

async function sayLeftOut (
  source: PrefixSource, { files }: LaidManifest, progress: Progress, signal: AbortSignal
): Promise<void> {
  const keys = new Set(files.map(({ key }) => key))
  let number = 0
  for await (const sentence of source.leftOut((key) => keys.has(key), signal)) {
    if (++number <= MAX_NAMED) progress.line(`object-torrent: ${sentence}`)
  }
  if (number > MAX_NAMED) {
    progress.line(`object-torrent: ${number - MAX_NAMED} more of ${source.label} are left out, for the same reasons`)
  }
}

// A web seed elsewhere has the keys.
function sayRenamed ({ prefix, labelOf }: PrefixSource, { files }: LaidManifest, progress: Progress): void {
  const start = prefix.lastIndexOf('/') + 1
  const renamed = files.filter(({ key, path }) => path.join('/') !== key.slice(start))
  const [first] = renamed
  if (first === undefined) return
  progress.line(
    `object-torrent: ${count(renamed.length, 'object')} of ${files.length.toLocaleString('en')} cannot have the name ` +
    `of the key in a torrent, first of all ${labelOf(first.key)}, which is ${printable(first.path.join('/'))} there; ` +
    'clients ask the web seeds for these names'
  )
}
