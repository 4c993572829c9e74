import type { Readable } from 'node:stream'
import type { ObjectHead, ObjectRead } from '../objects/objects.js'
import { S3Error } from '../s3/errors.js'

/** An object, or a part of it, as it is answered. */
export interface ObjectAnswer {
  readonly status: 200 | 206 | 304
  readonly head: ObjectHead
  /** The part answered, undefined for the whole object. */
  readonly part: { readonly first: number, readonly last: number } | undefined
  /** Undefined for HEAD and 304. Whoever gets it destroys it. */
  readonly body: Readable | undefined
}

/** The answer that holds what was read. */
export function answerOf (read: ObjectRead): ObjectAnswer {
  const part = read.part === 'whole' ? undefined : read.part
  return { status: part ? 206 : 200, head: read, part, body: read.body }
}

/** RFC 9110 §15.5.17. */
export function invalidRange (size: number): S3Error {
  return new S3Error('InvalidRange', { headers: { 'content-range': `bytes */${size}` } })
}
