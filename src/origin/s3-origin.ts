import { GetBucketAclCommand, GetObjectCommand, HeadBucketCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { GetObjectCommandOutput, HeadObjectCommandOutput, S3ClientConfig } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import type { KeyPair } from '../credentials/key-pair.js'
import { BoundedHttpHandler } from './bounded-http-handler.js'
import { formatRange, resolveRange } from './byte-range.js'
import type { ByteRange } from './byte-range.js'
import { OriginRefusal, OriginUnavailable } from './origin.js'
import type { BucketOrObject, ObjectAddress, ObjectHead, ObjectRead, Origin, ReadOptions, Requester } from './origin.js'
import { asOriginError, statusOf } from './s3-refusal.js'
import { stallLimit } from './stall-limit.js'

export interface S3OriginOptions {
  readonly endpoint: string
  readonly region: string
  readonly addressing: 'path' | 'virtual'
  /** Asked for a bucket's owner where the requester may not. */
  readonly ownKeyPair: KeyPair | undefined
}

const MAX_CALLS = 256
const MAX_BODIES = 1024
const STALL_MS = 30_000
const ATTEMPTS = 3

type HeaderBag = Readonly<Record<string, string>>

/** An S3-compatible endpoint, asked with the requester's own key pair. */
export class S3Origin implements Origin {
  readonly #options: S3OriginOptions
  readonly #handler = new BoundedHttpHandler({ calls: MAX_CALLS, bodies: MAX_BODIES })
  readonly #clients = new Map<string, { keyPair: KeyPair | undefined, client: S3Client }>()
  readonly #headers = new WeakMap<object, HeaderBag>()

  constructor (options: S3OriginOptions) {
    this.#options = options
  }

  async head (object: ObjectAddress, requester: Requester, signal: AbortSignal): Promise<ObjectHead> {
    return this.#asked(async () => {
      try {
        return this.#describe(await this.#headObject(object, requester, signal))
      } catch (error) {
        const status = statusOf(error)
        if (status === undefined || status < 400 || (status >= 500 && status !== 503)) throw error
        throw await this.#reason(object, requester, signal) ?? error
      }
    })
  }

  async read (object: ObjectAddress, requester: Requester, { range, ifMatch }: ReadOptions, signal: AbortSignal): Promise<ObjectRead> {
    return this.#asked(async () => {
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
        return { ...head, part, body: stallLimit(body, { length, ms: STALL_MS, signal }) }
      } catch (error) {
        body.destroy()
        throw error
      }
    })
  }

  async headBucket (bucket: string, requester: Requester, signal: AbortSignal): Promise<void> {
    await this.#asked(() => this.#headBucket(bucket, requester, signal))
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
      throw asOriginError(error)
    }
    const asking = [requester, ...this.#options.ownKeyPair ? [{ ...requester, keyPair: this.#options.ownKeyPair }] : []]
    for (const asker of asking) {
      try {
        const { Owner } = await this.#client(asker).send(new GetBucketAclCommand({ Bucket: allowed.bucket }), { abortSignal: signal })
        if (Owner?.ID !== undefined) return Owner.ID === expectedBucketOwner
      } catch (error) {
        if (statusOf(error) === undefined) throw asOriginError(error)
      }
    }
    return false
  }

  close (): void {
    for (const { client } of this.#clients.values()) client.destroy()
    this.#handler.destroy()
  }

  #headObject (object: ObjectAddress, requester: Requester, abortSignal: AbortSignal) {
    return this.#client(requester).send(new HeadObjectCommand(input(object, requester)), { abortSignal })
  }

  #headBucket (bucket: string, requester: Requester, abortSignal: AbortSignal) {
    return this.#client(requester).send(new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: requester.expectedBucketOwner }), { abortSignal })
  }

  // HEAD has no body: a one-byte GET says why. A GET that succeeds after all (refused HEAD, empty object) says nothing.
  async #reason (object: ObjectAddress, requester: Requester, signal: AbortSignal): Promise<unknown> {
    try {
      const output = await this.#client(requester).send(new GetObjectCommand({ ...input(object, requester), Range: 'bytes=0-0' }), { abortSignal: signal })
      if (output.Body instanceof Readable) output.Body.destroy()
      return undefined
    } catch (error) {
      return error
    }
  }

  async #asked<T> (ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      throw asOriginError(error)
    }
  }

  #describe (output: HeadObjectCommandOutput | GetObjectCommandOutput): ObjectHead {
    const headers = this.#headers.get(output) ?? {}
    const { ETag: etag, LastModified: lastModified, ContentLength: length, RequestCharged } = output
    if (!etag || lastModified === undefined || length === undefined) throw new OriginUnavailable('the origin answered without ETag, Last-Modified or Content-Length')
    const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1]
    return { size: total === undefined ? length : Number(total), etag, lastModified, requestCharged: RequestCharged === 'requester', headers }
  }

  // One client a key pair; the pairs are those the operator configured.
  #client ({ keyPair }: Requester): S3Client {
    const id = keyPair?.accessKeyId ?? ''
    const known = this.#clients.get(id)
    if (known?.keyPair === keyPair && known !== undefined) return known.client
    const client = new S3Client(this.#clientConfig(keyPair))
    client.middlewareStack.add((next) => async (args) => {
      const result = await next(args)
      const { headers } = result.response as { headers?: HeaderBag }
      if (result.output !== undefined) this.#headers.set(result.output, headers ?? {})
      return result
    }, { step: 'deserialize', priority: 'high', name: 'keepHeaders' })
    this.#clients.set(id, { keyPair, client })
    return client
  }

  #clientConfig (keyPair: KeyPair | undefined): S3ClientConfig {
    const { endpoint, region, addressing } = this.#options
    return {
      endpoint,
      region,
      forcePathStyle: addressing === 'path',
      requestHandler: this.#handler,
      maxAttempts: ATTEMPTS,
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestChecksumCalculation: 'WHEN_REQUIRED',
      // What the SDK would else look up in the environment and in ~/.aws.
      useDualstackEndpoint: false,
      useFipsEndpoint: false,
      useArnRegion: false,
      disableS3ExpressSessionAuth: true,
      defaultsMode: 'standard',
      retryMode: 'standard',
      ...(keyPair
        ? { credentials: keyPair }
        : { credentials: { accessKeyId: '', secretAccessKey: '' }, signer: { sign: (request) => Promise.resolve(request) } })
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
