import { retryOnceIfChanged } from '../../access/pinned-read.js'
import { headTorrentable } from '../../access/torrentable-object.js'
import { hashObject } from '../../hashing/hash-object.js'
import type { ObjectHead } from '../../objects/objects.js'
import { S3Error } from '../../s3/errors.js'
import { NoTorrent } from '../../s3/no-torrent.js'
import type { OpenedStore } from '../../store/opened-store.js'
import { fileNameOf } from '../../torrent/file-name.js'
import { identityOf } from '../../torrent/identity.js'
import type { MetaVersion } from '../../torrent/meta-version.js'
import type { PieceDigests } from '../../torrent/piece-digests.js'
import { asMagnet, asMetainfo } from '../../torrent/torrent-forms.js'
import { infoHashesOf, torrentOf } from '../../torrent/torrent.js'
import type { InfoHashes, Torrent } from '../../torrent/torrent.js'
import { fillTemplate } from '../../torrent/web-seed-url.js'
import { EXIT } from '../../util/operator-error.js'
import { printable } from '../../util/unprintable.js'
import { openDataDirectory } from '../data-directory.js'
import { CommandError } from '../errors.js'
import { bytes } from '../format.js'
import { openHasher } from '../open-hasher.js'
import type { Source } from '../open-source.js'
import type { Progress } from '../progress.js'
import { refusalOf } from '../refusal.js'

export interface TorrentSettings {
  readonly pieceLength: number | 'auto'
  readonly metaVersion: MetaVersion
  /** Tiers. */
  readonly announce: ReadonlyArray<readonly string[]>
  /** Templates of URLs. */
  readonly webSeeds: readonly string[]
  readonly xAmzInfo: boolean
}

export interface MadeTorrent {
  readonly torrent: Torrent
  /** The metainfo file. */
  readonly content: Buffer
  readonly infoHashes: InfoHashes
  readonly magnet: string
  readonly seconds: number
  /** Bytes that were read for it. */
  readonly bytesRead: number
}

const NO_LIMITS = { maxObjectSize: 0, bucketOwners: new Map() }

/**
 * Hashes the source, as far as the data directory does not know it, and makes its torrent.
 * @throws CommandError, also where the signal has fired: what was hashed until then is kept
 */
export async function makeTorrent (
  source: Source, settings: TorrentSettings, directory: string, progress: Progress, signal: AbortSignal
): Promise<MadeTorrent> {
  const { origin, object, requester, label, authorities } = source
  const onLine = (line: string): void => progress.line(line)
  const hasher = openHasher(1, onLine, authorities)
  const started = performance.now()
  let store: OpenedStore | undefined
  let [hashed, known] = [0, 0]
  try {
    return await retryOnceIfChanged(async () => {
      const head = await headTorrentable(origin, NO_LIMITS, object, requester, signal)
      const torrent = describe(source, settings, head)
      const { size } = torrent.identity
      store ??= await openDataDirectory(directory, onLine)
      progress.begin(label, size)
      const onProgress = (hashedNow: number, knownNow: number): void => {
        if (hashedNow === knownNow && knownNow > 0 && knownNow < size) {
          onLine(`${bytes(knownNow)} of it are hashed already`)
        }
        ;[hashed, known] = [hashedNow, knownNow]
        progress.update(hashed, known)
      }
      const target = { object, requester, head, identity: torrent.identity }
      const hashing = await hashObject({ origin, hasher, store }, target, { onProgress }, signal)
      const made = finished(torrent, await hashing.whole())
      return { ...made, seconds: (performance.now() - started) / 1000, bytesRead: hashed - known }
    })
  } catch (error) {
    if (signal.aborted) throw interrupted(hashed, label, directory, error)
    const refusal = refusalOf(error, source)
    const hint = isMeantAsFolder(error, source) ? '; --recursive makes one torrent of all objects under it' : ''
    throw refusal === undefined ? error : new CommandError(`${refusal}${hint}.`, { cause: error })
  } finally {
    await hasher.close()
    await store?.close()
  }
}

function describe (
  source: Source, { announce, webSeeds, ...options }: TorrentSettings, head: ObjectHead
): Torrent {
  const { origin, object, name } = source
  const bucket = source.kind === 's3' ? object.bucket : ''
  const fileName = fileNameOf(name)
  return torrentOf(identityOf(origin.name, options, object, head), {
    name: fileName,
    lastModified: head.lastModified,
    trackers: announce,
    webSeeds: webSeeds
      .map((template) => fillTemplate(template, bucket, object.key, fileName))
      .filter((url) => url !== undefined),
    exactSource: undefined
  })
}

/** The parts of a torrent whose digests are there. */
export function finished (torrent: Torrent, digests: PieceDigests): Pick<
  MadeTorrent, 'torrent' | 'content' | 'infoHashes' | 'magnet'
> {
  return {
    torrent,
    content: asMetainfo(torrent).whole(digests),
    infoHashes: infoHashesOf(torrent, digests),
    magnet: asMagnet(torrent).whole(digests).toString()
  }
}

// No object, or the empty one that consoles write for a folder.
function isMeantAsFolder (error: unknown, { kind, object: { key } }: Source): boolean {
  if (kind !== 's3' || !key.endsWith('/') || !(error instanceof S3Error)) return false
  return error.code === 'NoSuchKey' || (error instanceof NoTorrent && error.reason === 'empty')
}

/** @param hashed bytes */
export function interrupted (hashed: number, label: string, directory: string, cause: unknown): CommandError {
  const kept = hashed === 0
    ? `Interrupted before anything of ${label} was hashed.`
    : `Interrupted: ${bytes(hashed)} of ${label} are hashed, and kept in ${printable(directory)}; the same command ` +
      'goes on from there.'
  return new CommandError(kept, { exitCode: EXIT.interrupted, cause })
}
