import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { getBucketLocation } from '../operations/get-bucket-location.js'
import { getObjectTorrent } from '../operations/get-object-torrent.js'
import type { GetObjectTorrentParts } from '../operations/get-object-torrent.js'
import { getObject } from '../operations/get-object.js'
import { requesterFor } from '../access/requester.js'
import type { ObjectAddress } from '../s3/object-address.js'
import type { Buckets } from '../objects/buckets.js'
import type { Objects } from '../objects/objects.js'
import type { PartReads } from '../objects/part-reads.js'
import type { Requester } from '../objects/requester.js'
import { parseAddress } from '../s3/address.js'
import type { Address } from '../s3/address.js'
import { authenticate } from '../s3/authenticate.js'
import type { Authenticator } from '../s3/authenticate.js'
import { S3Error } from '../s3/errors.js'
import { invalidArgument } from '../s3/invalid-argument.js'
import { NoTorrent } from '../s3/no-torrent.js'
import { parseRange } from '../s3/range.js'
import { RequestHeaders } from '../s3/request-headers.js'
import { amzValue } from '../s3/signable-request.js'
import type { SignableRequest } from '../s3/signable-request.js'
import { subResourceOf } from '../s3/sub-resource.js'
import { locationXml } from '../s3/xml.js'
import { clientSignal, replyObject } from './object-reply.js'
import { answerPrefix, prefixOperations } from './prefix-routes.js'
import type { PrefixOperations, PrefixParts } from './prefix-routes.js'
import { clientOf, noteObject } from './request-context.js'
import { preconditionsOf } from './request-preconditions.js'
import { responseOverrides } from './response-overrides.js'
import { formatIn } from './torrent-format.js'
import { replyTorrent } from './torrent-reply.js'

export interface S3Parts extends GetObjectTorrentParts, PrefixParts {
  readonly origin: Objects & PartReads
  readonly buckets: Buckets
  readonly authenticator: Authenticator
  readonly domains: readonly string[]
}

/** Everything that is addressed as S3 addresses it: `/bucket/key` and `bucket.domain/key`. */
export function mountS3 (server: FastifyInstance, parts: S3Parts): void {
  const prefixes = prefixOperations(parts)
  server.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    handler: async (request, reply) => {
      const address = parseAddress(request.raw.url ?? '', request.headers.host ?? '', parts.domains)
      const versionIds = address.query.valuesOf('versionId')
      noteObject(request, { bucket: address.bucket, key: address.key, versionId: versionIds[0] })
      const subResource = subResourceOf(address.query)
      const signable: SignableRequest = {
        method: request.method, address, headers: new RequestHeaders(request.raw.rawHeaders)
      }
      const requester = await requesterOf(request, signable, parts)
      return answer({ request, reply, parts, prefixes, address, versionIds, subResource, signable, requester })
    }
  })
}

interface Call {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly parts: S3Parts
  readonly prefixes: PrefixOperations
  readonly address: Address
  /** As they came: none, one, or too many. */
  readonly versionIds: readonly string[]
  readonly subResource: string | undefined
  readonly signable: SignableRequest
  readonly requester: Requester
}

async function answer (call: Call): Promise<FastifyReply> {
  const { request, address: { bucket, key }, versionIds, subResource } = call
  if (bucket === undefined) throw new S3Error('NotImplemented')
  if (key === undefined) {
    if (subResource === 'torrent') return answerBucketTorrent(call, bucket)
    if (subResource === 'location') return answerLocation(call, bucket)
    throw new S3Error('NotImplemented')
  }
  if (subResource !== undefined && subResource !== 'torrent') throw new S3Error('NotImplemented')
  request.s3.operation = subResource === 'torrent'
    ? 'GetObjectTorrent'
    : request.method === 'HEAD' ? 'HeadObject' : 'GetObject'
  if (asksWithCustomerKey(call.signable)) throw new NoTorrent('sse-c')
  const object: ObjectAddress = { bucket, key, ...versionOf(versionIds) }
  return subResource === 'torrent' ? answerTorrent(call, object) : answerObject(call, object)
}

async function answerBucketTorrent (call: Call, bucket: string): Promise<FastifyReply> {
  const { query } = call.address
  if (query.valuesOf('prefix').length > 0) {
    return answerPrefix({ ...call, bucket, query, preconditions: preconditionsOf(call.request) })
  }
  throw new S3Error('RequestTorrentOfBucketError', { details: { BucketName: bucket } })
}

async function answerTorrent (
  { request, reply, parts, address, requester }: Call, object: ObjectAddress
): Promise<FastifyReply> {
  const torrent = await getObjectTorrent(parts, {
    object,
    requester,
    preconditions: preconditionsOf(request),
    headOnly: request.method === 'HEAD',
    metaVersion: formatIn(address.query, parts.options.metaVersion),
    form: address.query.valuesOf('magnet').length > 0 ? 'magnet' : 'metainfo'
  }, clientSignal(reply))
  return replyTorrent(reply, torrent)
}

async function answerObject (
  { request, reply, parts, address, requester, signable }: Call, object: ObjectAddress
): Promise<FastifyReply> {
  const overrides = responseOverrides(address.query, request.s3.accessKeyId !== undefined)
  const found = await getObject(parts.origin, parts.options, {
    object,
    requester,
    preconditions: preconditionsOf(request),
    range: parseRange(request.headers.range),
    ifRange: signable.headers.first('if-range'),
    headOnly: request.method === 'HEAD'
  }, clientSignal(reply))
  return replyObject(reply, found, overrides)
}

async function answerLocation ({ request, reply, parts, requester }: Call, bucket: string): Promise<FastifyReply> {
  request.s3.operation = 'GetBucketLocation'
  await getBucketLocation(parts.buckets, parts.options, bucket, requester, clientSignal(reply))
  const body = locationXml(parts.authenticator.region)
  reply.type('application/xml').header('content-length', Buffer.byteLength(body))
  return request.method === 'HEAD' ? reply.send() : reply.send(body)
}

async function requesterOf (
  request: FastifyRequest, signable: SignableRequest, { authenticator, access }: S3Parts
): Promise<Requester> {
  const keyPair = await authenticate(signable, authenticator)
  request.s3.accessKeyId = keyPair?.accessKeyId
  const { query } = signable.address
  const [prefix = ''] = subResourceOf(query) === 'torrent' ? query.valuesOf('prefix') : []
  const { bucket = '', key = prefix, versionId } = request.s3
  return requesterFor(access, { bucket, key, ...(versionId !== undefined && { versionId }) }, {
    keyPair,
    requestPayer: amzValue(signable, 'x-amz-request-payer'),
    expectedBucketOwner: amzValue(signable, 'x-amz-expected-bucket-owner'),
    client: clientOf(request)
  })
}

function asksWithCustomerKey ({ headers, address }: SignableRequest): boolean {
  return [...headers.names, ...address.query.lowerCaseNames].some(
    (name) => name.startsWith('x-amz-server-side-encryption-customer-')
  )
}

function versionOf (versionIds: readonly string[]): { versionId?: string } {
  if (versionIds.length === 0) return {}
  const [versionId = ''] = versionIds
  if (versionIds.length > 1 || versionId === '') {
    throw invalidArgument('versionId', { value: versionId, message: 'Invalid version id specified' })
  }
  return { versionId }
}
