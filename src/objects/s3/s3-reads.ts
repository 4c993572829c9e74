import { GetObjectCommand } from '@aws-sdk/client-s3'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import { formatRange, parseContentRange, resolveRange } from '../../s3/byte-range.js'
import type { ByteRange } from '../../s3/byte-range.js'
import type { EtagSpellings } from '../../s3/etag.js'
import type { ObjectAddress } from '../../s3/object-address.js'
import { STALL_MS } from '../limits.js'
import type { ObjectRead, ReadOptions } from '../objects.js'
import { OriginRefusal, OriginUnavailable } from '../origin-errors.js'
import type { Requester } from '../requester.js'
import { stallLimit } from '../transport/stall-limit.js'
import { cut } from './cut.js'
import { describe } from './s3-description.js'
import { inputOf } from './s3-session.js'
import type { S3Session } from './s3-session.js'

export interface S3ReadsParts {
  readonly session: S3Session
  readonly spellings: EtagSpellings
  /** Told every time that the origin does not honour such a header. */
  readonly onOddity?: ((ignored: 'Range' | 'If-Match') => void) | undefined
}

/** What is thrown away of a part that begins before the asked one. */
const MAX_SKIP_BYTES = 16 * 1024 * 1024

/** GetObject through the SDK, of stores that answer a range with more than it, or ignore headers. */
export class S3Reads {
  readonly #parts: S3ReadsParts

  constructor (parts: S3ReadsParts) {
    this.#parts = parts
  }

  /** As Objects.read. */
  async read (
    object: ObjectAddress, given: Requester, options: ReadOptions, signal: AbortSignal
  ): Promise<ObjectRead> {
    const { session, spellings } = this.#parts
    const { range, ifMatch } = options
    const requester = session.renewed(given)
    return session.ask(requester, object, async () => {
      const output = await session.clientOf(requester).send(new GetObjectCommand({
        ...inputOf(object, requester),
        Range: range && formatRange(range),
        IfMatch: ifMatch && spellings.of(ifMatch)
      }), { abortSignal: signal })
      const body = output.Body
      if (!(body instanceof Readable)) throw new OriginUnavailable('the origin answered no body')
      try {
        return this.#readOf(output, body, options, signal)
      } catch (error) {
        body.destroy()
        throw error
      }
    })
  }

  #readOf (
    output: GetObjectCommandOutput, body: Readable, { range, ifMatch }: ReadOptions, signal: AbortSignal
  ): ObjectRead {
    const { session, onOddity } = this.#parts
    const head = describe(output, session.headersOf(output))
    if (ifMatch !== undefined && head.etag !== ifMatch) {
      onOddity?.('If-Match')
      throw new OriginRefusal('PreconditionFailed')
    }
    const sent = partOf(output)
    const part = partAsked(sent, range, head.size)
    const length = sent === 'whole' ? head.size : sent.last - sent.first + 1
    const isWider = sent !== 'whole' && part !== 'whole' && part.last - part.first + 1 < length
    if (isWider && output.ContentLength !== length) {
      throw new OriginUnavailable(
        `the origin announced ${output.ContentLength} bytes of Content-Range ${output.ContentRange}`
      )
    }
    if (part === 'whole' && range !== undefined) onOddity?.('Range')
    const whole = stallLimit(body, { length, ms: STALL_MS, signal })
    return {
      ...head,
      part,
      body: isWider ? cut(whole, { skip: part.first - sent.first, length: part.last - part.first + 1 }) : whole
    }
  }
}

// A 200 for a range is allowed (RFC 9110 §14.2), and a part that holds more than the asked one is as good; another
// part is not.
function partAsked (sent: ObjectRead['part'], range: ByteRange | undefined, size: number): ObjectRead['part'] {
  if (sent === 'whole') return 'whole'
  const asked = range && resolveRange(range, size)
  const skip = asked === undefined ? -1 : asked.first - sent.first
  if (asked !== undefined && skip >= 0 && sent.last >= asked.last) {
    if (skip === 0) return asked
    if (sent.first === 0 && sent.last === size - 1) return 'whole'
    if (skip <= MAX_SKIP_BYTES) return asked
  }
  throw new OriginUnavailable(
    `the origin answered bytes ${sent.first}-${sent.last} for ${range ? formatRange(range) : 'the whole object'}`
  )
}

function partOf ({ ContentRange, $metadata }: GetObjectCommandOutput): ObjectRead['part'] {
  if (ContentRange === undefined && $metadata.httpStatusCode === 206) {
    throw new OriginUnavailable('the origin answered a part without a Content-Range')
  }
  if (ContentRange === undefined) return 'whole'
  const part = parseContentRange(ContentRange)
  if (part === undefined) throw new OriginUnavailable(`the origin answered Content-Range ${ContentRange}`)
  return part
}
