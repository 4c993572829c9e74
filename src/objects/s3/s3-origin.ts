import {
  GetBucketAclCommand, GetObjectCommand, HeadBucketCommand, HeadObjectCommand, ListObjectsV2Command
} from '@aws-sdk/client-s3'
import type { GetObjectCommandOutput, HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import type { KeyPair } from '../../credentials/key-pair.js'
import { formatRange, parseContentRange, resolveRange, totalOf } from '../../s3/byte-range.js'
import type { ByteRange } from '../../s3/byte-range.js'
import { cut } from './cut.js'
import { EtagSpellings, readEtag } from '../../s3/etag.js'
import { lastModifiedOf } from '../last-modified.js'
import { NoEtag, OriginRefusal, OriginUnavailable, isVerdict } from '../origin.js'
import type { BucketOrObject, ObjectAddress } from '../../s3/object-address.js'
import type {
  DirectRead, HeadOptions, ObjectHead, ObjectRead, Origin, OriginProbe, ReadOptions, Requester
} from '../origin.js'
import { OwnKeyPairEnded, OwnKeyPairRefused } from './own-key-pair.js'
import type { OwnKeyPairState } from './own-key-pair.js'
import { routed } from '../transport/range-route.js'
import { S3FastHead } from './s3-fast-head.js'
import { S3Clients } from './s3-clients.js'
import { S3Requests, targetOf } from './s3-requests.js'
import type { S3RequestsOptions } from './s3-requests.js'
import { asOriginErrorFor, headersOf, saysWhy, statusOf, verdictOf } from './s3-refusal.js'
import { stallLimit } from '../transport/stall-limit.js'

export interface S3OriginOptions extends S3RequestsOptions {
  /**
   * What requesters that are `own` sign with, and who is asked for a bucket's owner where the requester may not. Asked
   * for every time.
   */
  readonly ownKeyPair: KeyPair | undefined
  /** It may not be used anymore. */
  readonly ownKeyPairHasEnded?: boolean
  /** Told what the origin thinks of the key pair of requesters that are `own`. */
  readonly ownKeyPairState?: OwnKeyPairState
  /** Told every time that the origin does not honour such a header. */
  readonly onOddity?: (ignored: 'Range' | 'If-Match') => void
}

const STALL_MS = 15_000
/** What is thrown away of a part that begins before the asked one. */
const MAX_SKIP_BYTES = 16 * 1024 * 1024

/** An S3-compatible endpoint, asked with the requester's own key pair. */
export class S3Origin implements Origin, OriginProbe {
  readonly #options: S3OriginOptions
  readonly #clients: S3Clients
  readonly #requests: S3Requests
  readonly #fastHead: S3FastHead
  readonly #spellings = new EtagSpellings()

  constructor (options: S3OriginOptions) {
    this.#options = options
    this.#clients = new S3Clients(options)
    this.#requests = new S3Requests(options)
    this.#fastHead = new S3FastHead(this.#requests)
  }

  get name (): string {
    return this.#options.endpoint
  }

  async head (
    object: ObjectAddress, given: Requester, signal: AbortSignal, { anyReason = false }: HeadOptions = {}
  ): Promise<ObjectHead> {
    const requester = this.#now(given)
    const answer = await this.#fastHead.head(object, requester, signal)
    if (typeof answer === 'object') {
      this.#spellings.note(answer.headers['etag'], answer.etag)
      if (requester.own === true) this.#options.ownKeyPairState?.accept()
      return answer
    }
    return this.#asked(requester, object, async () => {
      const needsNone = anyReason && requester.own !== true
      const verdict = needsNone ? verdictOf(answer) : undefined
      if (verdict !== undefined) throw new OriginRefusal(verdict)
      const refused = answer !== undefined && answer >= (needsNone ? 400 : 300) && answer < 500 && answer !== 429
      if (refused) await this.#throwReason(object, requester, signal)
      try {
        return await this.#slowHead(object, requester, signal)
      } catch (error) {
        const status = statusOf(error)
        if (!refused && status !== undefined && (status === 503 || (status >= 400 && status < 500))) {
          await this.#throwReason(object, requester, signal)
        }
        throw error
      }
    })
  }

  async assertThere (signal: AbortSignal): Promise<void> {
    const status = await this.#fastHead.endpointStatus(signal)
    if (status === undefined) throw new OriginUnavailable('the origin does not answer')
    if (status >= 500) throw new OriginUnavailable(`the origin answers with status ${status}`)
  }

  async read (
    object: ObjectAddress, given: Requester, { range, ifMatch, turn }: ReadOptions, signal: AbortSignal
  ): Promise<ObjectRead> {
    const requester = this.#now(given)
    return this.#asked(requester, object, async () => {
      const command = new GetObjectCommand({
        ...input(object, requester), Range: range && formatRange(range), IfMatch: ifMatch && this.#spellings.of(ifMatch)
      })
      const output = await this.#client(requester).send(command, { abortSignal: signal })
      const body = output.Body
      if (!(body instanceof Readable)) throw new OriginUnavailable('the origin answered no body')
      try {
        const head = this.#describe(output)
        if (ifMatch !== undefined && head.etag !== ifMatch) {
          this.#options.onOddity?.('If-Match')
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
        if (part === 'whole' && range !== undefined) this.#options.onOddity?.('Range')
        const whole = stallLimit(body, { length, ms: STALL_MS, signal, ...(turn && { turn }) })
        return {
          ...head,
          part,
          body: isWider ? cut(whole, { skip: part.first - sent.first, length: part.last - part.first + 1 }) : whole
        }
      } catch (error) {
        body.destroy()
        throw error
      }
    })
  }

  async directRead (
    object: ObjectAddress,
    requester: Requester,
    { etag, size, headers: own }: ObjectHead,
    { first, last }: { first: number, last: number }
  ): Promise<DirectRead> {
    const request = await this.#requests.signed('GET', object, this.#now(requester), {
      range: formatRange({ first, last }), 'if-match': this.#spellings.of(etag)
    })
    const { protocol, hostname: host, headers, port } = request
    const tls = protocol === 'https:'
    const way = routed(
      { host, port: port ?? (tls ? 443 : 80), tls, path: targetOf(request), headers }, this.#requests.outbound
    )
    return { kind: 'http', request: { ...way, etag, contentEncoding: own['content-encoding'], first, last, size } }
  }

  async headBucket (bucket: string, given: Requester, signal: AbortSignal): Promise<void> {
    const requester = this.#now(given)
    await this.#asked(requester, { bucket }, async () => {
      try {
        await this.#headBucket(bucket, requester, signal)
      } catch (error) {
        // A HEAD says neither which region is the right one nor what else is wrong.
        if (statusOf(error) === 400) {
          await this.#client(requester).send(
            new ListObjectsV2Command({
              Bucket: bucket, MaxKeys: 1, ExpectedBucketOwner: requester.expectedBucketOwner
            }),
            { abortSignal: signal }
          )
        }
        throw error
      }
    })
  }

  /**
   * An origin that refuses a made-up owner honours the header, and has then answered for the real one already. AWS
   * names owners in GetBucketAcl by another id than the header's, so the ACL is looked at only where the header is
   * ignored (Ceph 16).
   */
  async ownerMatches (allowed: BucketOrObject, given: Requester, signal: AbortSignal): Promise<boolean> {
    const requester = this.#now(given)
    const { expectedBucketOwner } = requester
    const madeUp = expectedBucketOwner === '000000000000' ? '111111111111' : '000000000000'
    try {
      const probing = { ...requester, expectedBucketOwner: madeUp }
      await (allowed.key === undefined
        ? this.#headBucket(allowed.bucket, probing, signal)
        : this.#headObject(
          allowed, probing, signal
        ))
    } catch (error) {
      if (statusOf(error) === 403) return true
      throw asOriginErrorFor(requester, allowed, error)
    }
    const { ownKeyPair, ownKeyPairHasEnded = false } = this.#options
    const asking = [
      requester,
      ...ownKeyPair !== undefined && !ownKeyPairHasEnded ? [{ ...requester, own: true, keyPair: ownKeyPair }] : []
    ]
    for (const asker of asking) {
      try {
        const { Owner } = await this.#client(asker).send(new GetBucketAclCommand({ Bucket: allowed.bucket }), {
          abortSignal: signal
        })
        if (Owner?.ID !== undefined) return Owner.ID === expectedBucketOwner
      } catch (error) {
        if (statusOf(error) === undefined) throw asOriginErrorFor(requester, allowed, error)
      }
    }
    return false
  }

  async close (): Promise<void> {
    this.#clients.close()
    await this.#fastHead.close()
  }

  #headObject (object: ObjectAddress, requester: Requester, abortSignal: AbortSignal) {
    return this.#client(requester).send(new HeadObjectCommand(input(object, requester)), { abortSignal })
  }

  #headBucket (bucket: string, requester: Requester, abortSignal: AbortSignal) {
    return this.#client(requester).send(
      new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: requester.expectedBucketOwner }), { abortSignal }
    )
  }

  /** What a GET of one byte is answered with, but for the byte. */
  async #firstByte (
    object: ObjectAddress, requester: Requester, abortSignal: AbortSignal
  ): Promise<GetObjectCommandOutput> {
    const output = await this.#client(requester).send(
      new GetObjectCommand({ ...input(object, requester), Range: 'bytes=0-0' }), { abortSignal }
    )
    if (output.Body instanceof Readable) output.Body.destroy()
    return output
  }

  // HEAD has no body: a one-byte GET says why. A GET that succeeds after all (refused HEAD, empty object) says nothing.
  // Of the server's own key pair nobody knows without a reason whether the object was refused, or the pair.
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

  async #asked<T> (requester: Requester, asked: BucketOrObject, ask: () => Promise<T>): Promise<T> {
    const state = requester.own === true ? this.#options.ownKeyPairState : undefined
    try {
      const answer = await ask()
      state?.accept()
      return answer
    } catch (thrown) {
      const error = asOriginErrorFor(requester, asked, thrown)
      if (error instanceof OwnKeyPairRefused) state?.refuse(error)
      else if (isVerdict(error)) state?.accept()
      throw error
    }
  }

  // A job, or a swarm, may go on for longer than the pair that it began with.
  #now (requester: Requester): Requester {
    const { ownKeyPair, ownKeyPairHasEnded = false, ownKeyPairState } = this.#options
    if (requester.own !== true || requester.keyPair === undefined || ownKeyPair === undefined) return requester
    if (!ownKeyPairHasEnded) return { ...requester, keyPair: ownKeyPair }
    const ended = new OwnKeyPairEnded()
    ownKeyPairState?.refuse(ended)
    throw ended
  }

  #client ({ keyPair, own }: Requester): S3Client {
    return this.#clients.of(keyPair, own === true && keyPair !== undefined)
  }

  async #slowHead (object: ObjectAddress, requester: Requester, signal: AbortSignal): Promise<ObjectHead> {
    const output = await this.#headObject(object, requester, signal)
    const headers = this.#clients.headersOf(output)
    const length = output.ContentLength ?? await this.#lengthByRange(object, requester, output, signal)
    const head = this.#describe({ ...output, ContentLength: length }, headers)
    this.#spellings.note(headers['etag'], head.etag)
    return head
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

  #describe (
    output: HeadObjectCommandOutput | GetObjectCommandOutput, headers = this.#clients.headersOf(output)
  ): ObjectHead {
    const { ContentLength: length, RequestCharged } = output
    const etag = readEtag(headers['etag'])
    const lastModified = lastModifiedOf(headers)
    if (etag === undefined) {
      throw lastModified === undefined
        ? new OriginUnavailable('the origin answered with neither ETag nor Last-Modified')
        : new NoEtag()
    }
    if (length === undefined) throw new OriginUnavailable('the origin does not say how long the object is')
    return {
      size: totalOf(headers['content-range']) ?? length,
      etag,
      lastModified,
      requestCharged: RequestCharged === 'requester',
      headers
    }
  }
}

function input ({ bucket, key, versionId }: ObjectAddress, { requestPayer, expectedBucketOwner }: Requester) {
  return {
    Bucket: bucket,
    Key: key,
    VersionId: versionId,
    RequestPayer: requestPayer ? 'requester' as const : undefined,
    ExpectedBucketOwner: expectedBucketOwner
  }
}

// A 200 for a range is allowed (RFC 9110 §14.2), and a part that holds more than the asked one is as good; another part
// is not.
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
