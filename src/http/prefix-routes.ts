import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Listings } from '../access/listings.js'
import { listerFor } from '../access/requester.js'
import type { PublicAccess } from '../access/public-access.js'
import { LISTING_LIMITS } from '../objects/limits.js'
import type { Requester } from '../objects/requester.js'
import type { PublicPrefixes } from '../access/public-prefix.js'
import type { GetObjectTorrentParts } from '../operations/get-object-torrent.js'
import { getPrefixFeed } from '../operations/get-prefix-feed.js'
import type { GetPrefixFeedParts } from '../operations/get-prefix-feed.js'
import { getPrefixTorrent } from '../operations/get-prefix-torrent.js'
import type { GetPrefixTorrentParts } from '../operations/get-prefix-torrent.js'
import { assertKeyLength } from '../s3/address.js'
import { invalidArgument } from '../s3/invalid-argument.js'
import type { Preconditions } from '../s3/preconditions.js'
import type { Query } from '../s3/query.js'
import { ManifestMaker } from '../torrent/manifest-maker.js'
import { FairSlots } from '../util/fair-slots.js'
import { replyDocument } from './document-reply.js'
import { clientSignal } from './object-reply.js'
import { formatIn } from './torrent-format.js'
import { replyTorrent } from './torrent-reply.js'

export interface PrefixParts extends GetObjectTorrentParts {
  readonly listings: Listings
  readonly publicPrefixes: PublicPrefixes
  /** Bytes that there may be under a prefix. */
  readonly maxPrefixSize: number
}

/** What answers requests for prefixes. */
export interface PrefixOperations {
  readonly access: PublicAccess
  readonly feeds: GetPrefixFeedParts
  readonly torrents: GetPrefixTorrentParts
}

export function prefixOperations (parts: PrefixParts): PrefixOperations {
  const { access, listings, options } = parts
  const headTurns = new FairSlots<string>(LISTING_LIMITS.headTurns)
  const torrents = { ...parts, ...listings, headTurns, manifestMaker: new ManifestMaker() }
  return { access, feeds: { ...listings, options }, torrents }
}

export interface PrefixCall {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly prefixes: PrefixOperations
  readonly bucket: string
  readonly query: Query
  readonly requester: Requester
  readonly preconditions: Preconditions
}

/** What `?torrent` of a bucket with a prefix asks for. @throws S3Error */
export async function answerPrefix (call: PrefixCall): Promise<FastifyReply> {
  const { request, reply, prefixes, bucket, query, preconditions } = call
  if (query.valuesOf('rss').length === 0) return answerTorrent(call)
  request.s3.operation = 'GetPrefixFeed'
  const prefix = prefixOf(query)
  if (query.valuesOf('magnet').length > 0) {
    throw invalidArgument('rss', { value: '', message: 'Conflicting query string parameters: magnet, rss' })
  }
  const feed = await getPrefixFeed(prefixes.feeds, {
    bucket,
    prefix,
    requester: listerFor(prefixes.access, call.requester),
    metaVersion: formatIn(query, prefixes.feeds.options.metaVersion),
    preconditions,
    headOnly: request.method === 'HEAD'
  }, clientSignal(reply))
  return replyDocument(reply, 'application/rss+xml; charset=utf-8', feed)
}

async function answerTorrent (
  { request, reply, prefixes: { access, torrents }, bucket, query, requester, preconditions }: PrefixCall
): Promise<FastifyReply> {
  request.s3.operation = 'GetPrefixTorrent'
  const isOwn = requester.own === true
  const torrent = await getPrefixTorrent(torrents, {
    bucket,
    prefix: prefixOf(query),
    requester,
    lister: listerFor(access, requester),
    mayAsk: isOwn ? (key) => access.anonymousRequester({ bucket, key })?.own === true : undefined,
    metaVersion: formatIn(query, torrents.options.metaVersion),
    preconditions,
    headOnly: request.method === 'HEAD',
    form: query.valuesOf('magnet').length > 0 ? 'magnet' : 'metainfo'
  }, clientSignal(reply))
  return replyTorrent(reply, torrent)
}

function prefixOf (query: Query): string {
  const [prefix = '', ...others] = query.valuesOf('prefix')
  if (others.length > 0) {
    throw invalidArgument('prefix', { value: prefix, message: 'Only one prefix can be asked for.' })
  }
  const [versionId] = query.valuesOf('versionId')
  if (versionId !== undefined) {
    throw invalidArgument('versionId', { value: versionId, message: 'This operation does not accept a version-id.' })
  }
  assertKeyLength(prefix)
  return prefix
}
