import type { ByteSink } from '../objects/byte-sink.js'
import type { ObjectHead } from '../objects/objects.js'
import { S3Error } from '../s3/errors.js'

/** Bytes that are about to be answered. Whoever gets them closes them. */
export interface AnswerBody {
  /** Gives every byte to `sink`, in order, once. @throws what breaks the answer off */
  pour (sink: ByteSink): Promise<void>
  close (): void
}

/** An object, or a part of it, as it is answered. */
export interface ObjectAnswer {
  readonly status: 200 | 206 | 304
  readonly head: ObjectHead
  /** The part answered, undefined for the whole object. */
  readonly part: { readonly first: number, readonly last: number } | undefined
  /** Undefined for HEAD, for 304, and where there is no byte. */
  readonly body: AnswerBody | undefined
}

/** RFC 9110 §15.5.17. */
export function invalidRange (size: number): S3Error {
  return new S3Error('InvalidRange', { headers: { 'content-range': `bytes */${size}` } })
}
