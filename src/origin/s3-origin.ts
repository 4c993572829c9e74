import { GetBucketAclCommand, GetObjectCommand, HeadBucketCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import type { GetObjectCommandOutput, HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import type { KeyPair } from '../credentials/key-pair.js'
import { formatRange, resolveRange } from './byte-range.js'
import type { ByteRange } from './byte-range.js'
import { lastModifiedOf } from './last-modified.js'
import { OriginRefusal, OriginUnavailable, isVerdict } from './origin.js'
import type { BucketOrObject, DirectRead, ObjectAddress, ObjectHead, ObjectRead, Origin, OriginProbe, ReadOptions, Requester } from './origin.js'
import { OwnKeyPairRefused } from './own-key-pair.js'
import type { OwnKeyPairState } from './own-key-pair.js'
import { S3FastHead } from './s3-fast-head.js'
import { S3Clients } from './s3-clients.js'
import { S3Requests, targetOf } from './s3-requests.js'
import type { S3RequestsOptions } from './s3-requests.js'
import { asOriginErrorFor, statusOf } from './s3-refusal.js'
import { stallLimit } from './stall-limit.js'

export interface S3OriginOptions extends S3RequestsOptions {
  /** Asked for a bucket's owner where the requester may not. */
  readonly ownKeyPair: KeyPair | undefined
  /** Told what the origin thinks of the key pair of requesters that are `own`. */
  readonly ownKeyPairState?: OwnKeyPairState
}

const STALL_MS = 15_000

/** An S3-compatible endpoint, asked with the requester's own key pair. */
export class S3Origin implements Origin, OriginProbe {
  readonly #options: S3OriginOptions
  readonly #clients: S3Clients
  readonly #requests: S3Requests
  readonly #fastHead: S3FastHead

  constructor (options: S3OriginOptions) {
    this.#options = options
    this.#clients = new S3Clients(options)
    this.#requests = new S3Requests(options)
    this.#fastHead = new S3FastHead(this.#requests)
  }

  get name (): string {
    return this.#options.endpoint
  }

  async head (object: ObjectAddress, requester: Requester, signal: AbortSignal): Promise<ObjectHead> {
    const answer = await this.#fastHead.head(object, requester, signal)
    if (typeof answer === 'object') {
      if (requester.own === true) this.#options.ownKeyPairState?.accept()
      return answer
    }
    return this.#asked(requester, object, async () => {
      const refused = answer !== undefined && answer >= 400 && answer < 500 && answer !== 429
      if (refused) await this.#throwReason(object, requester, signal)
      try {
        return this.#describe(await this.#headObject(object, requester, signal))
      } catch (error) {
        const status = statusOf(error)
        if (!refused && status !== undefined && (status === 503 || (status >= 400 && status < 500))) await this.#throwReason(object, requester, signal)
        throw error
      }
    })
  }

  async assertThere (signal: AbortSignal): Promise<void> {
    const status = await this.#fastHead.endpointStatus(signal)
    if (status === undefined) throw new OriginUnavailable('the origin does not answer')
    if (status >= 500) throw new OriginUnavailable(`the origin answers with status ${status}`)
  }

  async read (object: ObjectAddress, requester: Requester, { range, ifMatch, turn }: ReadOptions, signal: AbortSignal): Promise<ObjectRead> {
    return this.#asked(requester, object, async () => {
      const command = new GetObjectCommand({ ...input(object, requester), Range: range && formatRange(range), IfMatch: ifMatch })
      const output = await this.#client(requester).send(command, { abortSignal: signal })
      const body = output.Body
      if (!(body instanceof Readable)) throw new OriginUnavailable('the origin answered no body')
      try {
        const head = this.#describe(output)
        if (ifMatch !== undefined && head.etag !== ifMatch) throw new OriginRefusal('PreconditionFailed') // an origin that ignores If-Match
        const part = partOf(output)
        assertPart(part, range, head.size)
        const length = part === 'whole' ? head.size : part.last - part.first + 1
        return { ...head, part, body: stallLimit(body, { length, ms: STALL_MS, signal, ...(turn && { turn }) }) }
      } catch (error) {
        body.destroy()
        throw error
      }
    })
  }

  async directRead (object: ObjectAddress, requester: Requester, { etag, size }: ObjectHead, { first, last }: { first: number, last: number }): Promise<DirectRead> {
    const request = await this.#requests.signed('GET', object, requester, { range: formatRange({ first, last }), 'if-match': etag })
    const { protocol, hostname: host, headers, port } = request
    const tls = protocol === 'https:'
    return { kind: 'http', request: { host, port: port ?? (tls ? 443 : 80), tls, path: targetOf(request), headers, etag, first, last, size } }
  }

  async headBucket (bucket: string, requester: Requester, signal: AbortSignal): Promise<void> {
    await this.#asked(requester, { bucket }, () => this.#headBucket(bucket, requester, signal))
  }

  /**
   * An origin that refuses a made-up owner honours the header, and has then answered for the real one already. AWS names owners
   * in GetBucketAcl by another id than the header's, so the ACL is looked at only where the header is ignored (Ceph 16).
   */
  async ownerMatches (allowed: BucketOrObject, requester: Requester, signal: AbortSignal): Promise<boolean> {
    const { expectedBucketOwner } = requester
    const madeUp = expectedBucketOwner === '000000000000' ? '111111111111' : '000000000000'
    try {
      const probing = { ...requester, expectedBucketOwner: madeUp }
      await (allowed.key === undefined ? this.#headBucket(allowed.bucket, probing, signal) : this.#headObject(allowed, probing, signal))
    } catch (error) {
      if (statusOf(error) === 403) return true
      throw asOriginErrorFor(requester, allowed, error)
    }
    const asking = [requester, ...this.#options.ownKeyPair ? [{ ...requester, keyPair: this.#options.ownKeyPair }] : []]
    for (const asker of asking) {
      try {
        const { Owner } = await this.#client(asker).send(new GetBucketAclCommand({ Bucket: allowed.bucket }), { abortSignal: signal })
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
    return this.#client(requester).send(new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: requester.expectedBucketOwner }), { abortSignal })
  }

  // HEAD has no body: a one-byte GET says why. A GET that succeeds after all (refused HEAD, empty object) says nothing.
  async #throwReason (object: ObjectAddress, requester: Requester, signal: AbortSignal): Promise<void> {
    const output = await this.#client(requester).send(new GetObjectCommand({ ...input(object, requester), Range: 'bytes=0-0' }), { abortSignal: signal })
    if (output.Body instanceof Readable) output.Body.destroy()
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

  #client ({ keyPair }: Requester): S3Client {
    return this.#clients.of(keyPair)
  }

  #describe (output: HeadObjectCommandOutput | GetObjectCommandOutput): ObjectHead {
    const headers = this.#clients.headersOf(output)
    const { ETag: etag, ContentLength: length, RequestCharged } = output
    if (!etag || length === undefined) throw new OriginUnavailable('the origin answered without ETag or Content-Length')
    const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1]
    return { size: total === undefined ? length : Number(total), etag, lastModified: lastModifiedOf(headers), requestCharged: RequestCharged === 'requester', headers }
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

// A 200 for a range is allowed (RFC 9110 §14.2); another part than the asked one is not.
function assertPart (part: ObjectRead['part'], range: ByteRange | undefined, size: number): void {
  const asked = range && resolveRange(range, size)
  if (part !== 'whole' && (part.first !== asked?.first || part.last !== asked.last)) {
    throw new OriginUnavailable(`the origin answered bytes ${part.first}-${part.last} for ${range ? formatRange(range) : 'the whole object'}`)
  }
}

function partOf ({ ContentRange }: GetObjectCommandOutput): ObjectRead['part'] {
  if (ContentRange === undefined) return 'whole'
  const [, first, last] = /^bytes (\d+)-(\d+)\/\d+$/.exec(ContentRange) ?? []
  if (first === undefined) throw new OriginUnavailable(`the origin answered Content-Range ${ContentRange}`)
  return { first: Number(first), last: Number(last) }
}
