import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import { totalOf } from '../../s3/byte-range.js'
import { readEtag } from '../../s3/etag.js'
import type { EtagSpellings } from '../../s3/etag.js'
import type { ObjectAddress } from '../../s3/object-address.js'
import type { HeadOptions, ObjectHead } from '../objects.js'
import { OriginRefusal, OriginUnavailable } from '../origin-errors.js'
import type { Requester } from '../requester.js'
import { describe } from './s3-description.js'
import type { S3FastHead } from './s3-fast-head.js'
import { headersOf, saysWhy, statusOf, verdictOf } from './s3-refusal.js'
import { inputOf } from './s3-session.js'
import type { S3Session } from './s3-session.js'

export interface S3HeadsParts {
  readonly session: S3Session
  readonly fastHead: S3FastHead
  readonly spellings: EtagSpellings
}

/** HeadObject, and why not: the fast way first, then the SDK, then a GET of one byte, which has a body to say why. */
export class S3Heads {
  readonly #parts: S3HeadsParts

  constructor (parts: S3HeadsParts) {
    this.#parts = parts
  }

  /** As Objects.head. */
  async head (
    object: ObjectAddress, given: Requester, signal: AbortSignal, { anyReason = false }: HeadOptions = {}
  ): Promise<ObjectHead> {
    const { session, fastHead, spellings } = this.#parts
    const requester = session.renewed(given)
    const answer = await fastHead.head(object, requester, signal)
    if (typeof answer === 'object') {
      spellings.note(answer.headers['etag'], answer.etag)
      session.accepted(requester)
      return answer
    }
    const needsNoReason = anyReason && requester.own !== true
    return session.ask(requester, object, () => this.#askAgain(object, requester, signal, answer, needsNoReason))
  }

  /** @param status of the fast head; undefined where it had no answer */
  async #askAgain (
    object: ObjectAddress,
    requester: Requester,
    signal: AbortSignal,
    status: number | undefined,
    needsNoReason: boolean
  ): Promise<ObjectHead> {
    const verdict = needsNoReason ? verdictOf(status) : undefined
    if (verdict !== undefined) throw new OriginRefusal(verdict)
    const refused = status !== undefined && status >= (needsNoReason ? 400 : 300) && status < 500 && status !== 429
    if (refused) await this.#throwReason(object, requester, signal)
    try {
      return await this.#slowHead(object, requester, signal)
    } catch (error) {
      const slowStatus = statusOf(error) ?? 0
      if (!refused && (slowStatus === 503 || (slowStatus >= 400 && slowStatus < 500))) {
        await this.#throwReason(object, requester, signal)
      }
      throw error
    }
  }

  // HEAD has no body: a one-byte GET says why. A GET that succeeds after all (refused HEAD, empty object) says nothing.
  // Without a reason it is unknown whether the server's own key pair was refused, or the object to it.
  async #throwReason (object: ObjectAddress, requester: Requester, signal: AbortSignal): Promise<void> {
    try {
      await this.#firstByte(object, requester, signal)
    } catch (error) {
      const status = statusOf(error)
      const isOfPair = requester.own === true && requester.keyPair !== undefined && (status === 401 || status === 403)
      if (isOfPair && !saysWhy(error)) {
        throw new OriginUnavailable(
          `the origin answered ${status} to the server's own key pair, and a page that says no reason`, { cause: error }
        )
      }
      throw error
    }
  }

  async #slowHead (object: ObjectAddress, requester: Requester, signal: AbortSignal): Promise<ObjectHead> {
    const { session, spellings } = this.#parts
    const output = await session.clientOf(requester).send(
      new HeadObjectCommand(inputOf(object, requester)), { abortSignal: signal }
    )
    const headers = session.headersOf(output)
    const length = output.ContentLength ?? await this.#lengthByRange(object, requester, output, signal)
    const head = describe({ ...output, ContentLength: length }, headers)
    spellings.note(headers['etag'], head.etag)
    return head
  }

  /** What a GET of one byte is answered with, but for the byte. */
  async #firstByte (
    object: ObjectAddress, requester: Requester, abortSignal: AbortSignal
  ): Promise<GetObjectCommandOutput> {
    const output = await this.#parts.session.clientOf(requester).send(
      new GetObjectCommand({ ...inputOf(object, requester), Range: 'bytes=0-0' }), { abortSignal }
    )
    if (output.Body instanceof Readable) output.Body.destroy()
    return output
  }

  // Some stores say no length to HEAD (RFC 9110 §9.3.2 allows it), others none of an object of zero bytes.
  async #lengthByRange (
    object: ObjectAddress, requester: Requester, { ETag }: HeadObjectCommandOutput, signal: AbortSignal
  ): Promise<number | undefined> {
    try {
      const output = await this.#firstByte(object, requester, signal)
      if (output.ETag !== ETag && readEtag(output.ETag) !== readEtag(ETag)) {
        throw new OriginUnavailable('the object changed between two questions')
      }
      return totalOf(output.ContentRange) ?? output.ContentLength
    } catch (error) {
      if (statusOf(error) !== 416) throw error
      return totalOf(headersOf(error)['content-range']) ?? 0
    }
  }
}
