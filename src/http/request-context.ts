import type { FastifyRequest } from 'fastify'
import { networkKey } from '../net/endpoint.js'
import type { Client } from '../objects/requester.js'
import { RequestIdSource } from './request-ids.js'
import type { RequestIds } from './request-ids.js'

/** What is known of a request so far, for its error document and its log line. */
export interface RequestContext extends RequestIds {
  /** Who asks, behind proxies too. */
  readonly remoteAddress: string
  /** The network of that address, see networkKey: whom bounds and shares are counted for. */
  readonly network: string
  /** S3's name of the operation, once it is known. */
  operation?: string
  bucket?: string | undefined
  key?: string | undefined
  versionId?: string | undefined
  /** Whose signature it is; where the code is SignatureDoesNotMatch, whose it claims to be. */
  accessKeyId?: string | undefined
  /** The S3 error code that was answered. */
  code?: string
  /** Of the body, handed to the connection so far; S3's access log has it as Bytes Sent. */
  bytesSent: number
}

declare module 'fastify' {
  interface FastifyRequest { s3: RequestContext }
}

/** Notes what a request is about, as far as it names it. */
export function noteObject (
  { s3 }: FastifyRequest, { bucket, key, versionId }: Pick<RequestContext, 'bucket' | 'key' | 'versionId'>
): void {
  s3.bucket = bucket
  s3.key = key
  s3.versionId = versionId
}

/** Whose share of the origin a request comes out of, as far as its signer is known. */
export function clientOf ({ s3: { accessKeyId = '', network } }: FastifyRequest): Client {
  return { accessKeyId, network }
}

const ids = new RequestIdSource()

/** The context of a request that begins. */
export function newContext (remoteAddress: string): RequestContext {
  const { requestId, hostId } = ids.next()
  return { requestId, hostId, remoteAddress, network: networkKey(remoteAddress), bytesSent: 0 }
}
