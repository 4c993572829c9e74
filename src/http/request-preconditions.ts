import type { FastifyRequest } from 'fastify'
import type { Preconditions } from '../s3/preconditions.js'

/** The conditional headers of a request (RFC 9110 §13.1), as they came. */
export function preconditionsOf ({ headers }: FastifyRequest): Preconditions {
  return {
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
    ifModifiedSince: headers['if-modified-since'],
    ifUnmodifiedSince: headers['if-unmodified-since']
  }
}
