import type { ObjectHead, Part } from '../objects/objects.js'
import type { OpenPart } from '../objects/part-reads.js'
import type { ByteRange } from '../s3/byte-range.js'
import { resolveRange } from '../s3/byte-range.js'
import { S3Error } from '../s3/errors.js'

/** The bytes of an answer, which are about to come. Whoever gets them closes them. */
export type AnswerBody = Pick<OpenPart, 'pour' | 'close'>

/** An object, or a part of it, as it is answered. */
export interface ObjectAnswer {
  readonly status: 200 | 206 | 304
  readonly head: ObjectHead
  /** The part answered, undefined for the whole object. */
  readonly part: Part | undefined
  /** Undefined for HEAD, for 304, and where there is no byte. */
  readonly body: AnswerBody | undefined
}

/** The part that a range asks for; undefined without a range. @throws S3Error InvalidRange (RFC 9110 §15.5.17) */
export function partOf (range: ByteRange | undefined, size: number): Part | undefined {
  if (range === undefined) return undefined
  const part = resolveRange(range, size)
  if (part === undefined) throw new S3Error('InvalidRange', { headers: { 'content-range': `bytes */${size}` } })
  return part
}
