import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Listings } from '../access/listings.js'
import type { PublicAccess } from '../access/public-access.js'
import { PublicHeads } from '../access/public-heads.js'
import type { TorrentLimits } from '../access/torrentable-object.js'
import { getBrowsePage } from '../operations/get-browse-page.js'
import type { PagePlace } from '../pages/browse-url.js'
import { errorPage } from '../pages/error-page.js'
import { POLICY } from '../pages/styles.js'
import { assertBucketName, assertKeyLength } from '../s3/address.js'
import { invalidArgument } from '../s3/invalid-argument.js'
import type { Query } from '../s3/query.js'
import { parseQuery } from '../s3/query.js'
import { decodeUri } from '../s3/uri.js'
import type { UrlOptions } from '../torrent/torrent-sources.js'
import { replyDocument } from './document-reply.js'
import { replyError } from './error-reply.js'
import { clientSignal } from './object-reply.js'
import { clientOf, noteObject } from './request-context.js'
import { preconditionsOf } from './request-preconditions.js'

export interface BrowseParts {
  readonly access: PublicAccess
  readonly listings: Listings
  readonly options: TorrentLimits & UrlOptions
}

const HTML = 'text/html; charset=utf-8'
// What is public now may be private in a minute: a browser asks each time, and is answered 304.
const HEADERS = { 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer', 'cache-control': 'no-cache' }

/**
 * The public page of a folder, `/-/browse/<bucket>/<prefix>`, which depends on no credentials; errors are pages, too.
 */
export function mountBrowse (server: FastifyInstance, { access, listings, options }: BrowseParts): void {
  const parts = { ...listings, access, options, heads: new PublicHeads(access, options) }
  server.route({
    method: ['GET', 'HEAD'],
    url: '/-/browse/*',
    constraints: { addressing: 'path' },
    errorHandler: (error, request, reply) => {
      replyError(error, request, reply, (error) => ({
        headers: { ...HEADERS, 'cache-control': 'no-store', 'content-type': HTML },
        body: errorPage(error, request.s3.requestId)
      }))
    },
    handler: async (request, reply) => {
      request.s3.operation = 'GetBrowsePage'
      const page = await getBrowsePage(parts, {
        ...addressOf(request),
        client: clientOf(request),
        preconditions: preconditionsOf(request),
        headOnly: request.method === 'HEAD'
      }, clientSignal(reply))
      return replyDocument(reply, HTML, page, HEADERS)
    }
  })
}

/** @throws S3Error */
function addressOf (request: FastifyRequest): { bucket: string, prefix: string, place: PagePlace } {
  const [, rawBucket = '', rawPrefix = '', rawQuery = ''] =
    /^\/-\/browse\/([^/?]*)\/?([^?]*)\??(.*)$/s.exec(request.raw.url ?? '') ?? []
  const bucket = decodeUri(rawBucket)
  const prefix = decodeUri(rawPrefix)
  assertBucketName(bucket)
  assertKeyLength(prefix)
  noteObject(request, { bucket, key: prefix === '' ? undefined : prefix })
  const query = parseQuery(rawQuery)
  const after = onlyOne(query, 'after') ?? ''
  const skip = onlyOne(query, 'skip') ?? '0'
  assertKeyLength(after)
  if (!/^\d{1,9}$/.test(skip)) throw invalidArgument('skip', { value: skip })
  return { bucket, prefix, place: { after, skip: Number(skip) } }
}

function onlyOne (query: Query, name: string): string | undefined {
  const [value, ...others] = query.valuesOf(name)
  if (others.length > 0) throw invalidArgument(name, { value: value ?? '' })
  return value
}
