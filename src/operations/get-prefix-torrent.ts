import { asking } from '../access/origin-errors.js'
import { retryOnceIfChanged } from '../access/pinned-read.js'
import type { PublicPrefixes } from '../access/public-prefix.js'
import { headPrefix } from '../access/readable-prefix.js'
import type { PrefixRequest, ReadablePrefixParts } from '../access/readable-prefix.js'
import { hashPrefix } from '../hashing/hash-prefix.js'
import { answerTorrent } from '../hashing/torrent-answer.js'
import type { TorrentAnswer, TorrentQuestion } from '../hashing/torrent-answer.js'
import { manifestInfo } from '../torrent/manifest.js'
import type { ManifestMaker } from '../torrent/manifest-maker.js'
import type { MetaVersion } from '../torrent/meta-version.js'
import { prefixSourcesOf } from '../torrent/torrent-sources.js'
import { torrentAround } from '../torrent/torrent.js'
import type { IssuingParts } from './get-object-torrent.js'

export interface GetPrefixTorrentParts extends IssuingParts, ReadablePrefixParts {
  readonly options: IssuingParts['options']
  readonly publicPrefixes: PublicPrefixes
  readonly manifestMaker: ManifestMaker
}

export interface GetPrefixTorrentRequest extends TorrentQuestion, PrefixRequest {
  readonly metaVersion: MetaVersion
}

/**
 * GetPrefixTorrent: one torrent of all objects under a prefix. What is known of them is not read again.
 * @throws S3Error; after the first byte of `body` only the stream's own errors, and then `body` is short
 */
export function getPrefixTorrent (
  parts: GetPrefixTorrentParts, request: GetPrefixTorrentRequest, signal: AbortSignal
): Promise<TorrentAnswer> {
  return retryOnceIfChanged(() => attempt(parts, request, signal))
}

async function attempt (
  parts: GetPrefixTorrentParts, request: GetPrefixTorrentRequest, signal: AbortSignal
): Promise<TorrentAnswer> {
  const { origin, options, publicPrefixes, issued } = parts
  const { bucket, prefix, requester, metaVersion } = request
  const toldAt = performance.now()
  const { heads, lastModified, requestCharged } = await headPrefix(parts, request, signal)
  const manifest = parts.manifestMaker.make(
    { origin: origin.name, bucket, prefix, pieceLength: options.pieceLength, metaVersion }, heads
  )
  const { identity } = manifest
  const { isPublic, asOf } = await asking(
    { bucket }, () => publicPrefixes.verdict(manifest, requester, toldAt, signal)
  )
  const sources = prefixSourcesOf(options, manifest, isPublic)
  return answerTorrent({
    torrent: torrentAround(identity, manifestInfo(manifest), { ...sources, lastModified }),
    lastModified,
    requestCharged,
    hash: () => hashPrefix(parts, { manifest, requester, heads }, {}, signal),
    issue: async () => { if (isPublic) await issued?.({ identity, object: { bucket, key: prefix } }, asOf) }
  }, request)
}
