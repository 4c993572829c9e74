import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasMoreHeaders } from '../net/header-count.js'
import { parseAddress } from '../s3/address.js'
import { S3Error } from '../s3/errors.js'
import { allowPages, isPreflight, replyPreflight } from './cors.js'

export interface RequestGuardOptions {
  readonly domains: readonly string[]
  /** Whether pages of other sites may read the answers. */
  readonly cors: boolean
  readonly maxHeaders: number
}

/** Lets pass to the routes only what can be a request of S3; with `cors`, answers preflights itself. */
export function mountRequestGuard (server: FastifyInstance, options: RequestGuardOptions): void {
  server.addHook('onRequest', (request, reply, done) => {
    try {
      if (options.cors) allowPages(reply)
      assertUnderstood(request, reply, options)
      if (request.method === 'OPTIONS') replyPreflight(reply, request.headers)
      else done()
    } catch (error) {
      done(error as S3Error)
    }
  })
}

// The order decides which error a request with several faults is answered.
function assertUnderstood (
  request: FastifyRequest, reply: FastifyReply, { domains, cors, maxHeaders }: RequestGuardOptions
): void {
  if (hasMoreHeaders(request.raw, maxHeaders)) {
    reply.header('connection', 'close')
    throw new S3Error('RequestHeaderSectionTooLarge')
  }
  assertFraming(request, reply)
  assertMethod(request, domains, cors)
  assertTarget(request, reply)
}

function assertFraming ({ raw: { headers } }: FastifyRequest, reply: FastifyReply): void {
  const encoding = headers['transfer-encoding']
  // A body came: whatever node finds behind it is not begun.
  if (encoding !== undefined || Number(headers['content-length'] ?? 0) > 0) reply.header('connection', 'close')
  // Node dispatches these before it has seen what is wrong with them.
  if (encoding !== undefined && (encoding.toLowerCase() !== 'chunked' || 'content-length' in headers)) {
    throw new S3Error('BadRequest')
  }
}

function assertMethod (
  { raw: { headers, method, url } }: FastifyRequest, domains: readonly string[], cors: boolean
): void {
  if (method === 'GET' || method === 'HEAD' || (cors && isPreflight(method, headers))) return
  throw new S3Error('MethodNotAllowed', {
    headers: { allow: 'GET, HEAD' },
    details: { Method: method ?? '', ResourceType: resourceTypeOf(url ?? '', headers.host ?? '', domains) }
  })
}

function assertTarget ({ raw: { headers, url, rawHeaders } }: FastifyRequest, reply: FastifyReply): void {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length
  if (url?.[0] === '/' && hosts === 1 && headers.host) return
  reply.header('connection', 'close')
  throw new S3Error('BadRequest', {
    message: 'A request needs one Host header and a target that starts with a slash.'
  })
}

function resourceTypeOf (target: string, host: string, domains: readonly string[]): 'SERVICE' | 'BUCKET' | 'OBJECT' {
  try {
    const { bucket, key } = parseAddress(target, host, domains)
    return bucket === undefined ? 'SERVICE' : key === undefined ? 'BUCKET' : 'OBJECT'
  } catch {
    return 'OBJECT'
  }
}
