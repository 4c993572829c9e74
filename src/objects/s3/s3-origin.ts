import { formatRange } from '../../s3/byte-range.js'
import { EtagSpellings } from '../../s3/etag.js'
import type { BucketOrObject, ObjectAddress } from '../../s3/object-address.js'
import type { Buckets } from '../buckets.js'
import type { FolderEntry, FolderListing, FolderRequest } from '../folder-listing.js'
import type { ListedObject, Listing } from '../listing.js'
import type { HeadOptions, ObjectHead, ObjectRead, Objects, Part, ReadOptions } from '../objects.js'
import { OriginUnavailable } from '../origin-errors.js'
import type { OriginProbe } from '../origin-status.js'
import type { ObjectVersion, OpenPart, PartReads } from '../part-reads.js'
import type { Requester } from '../requester.js'
import { routed } from '../transport/range-route.js'
import type { RangeRequest, WorkerRead } from '../worker-read.js'
import { S3Buckets } from './s3-buckets.js'
import { S3FastHead } from './s3-fast-head.js'
import { S3Heads } from './s3-heads.js'
import { S3Listing } from './s3-listing.js'
import { S3PartReads } from './s3-part-reads.js'
import { S3Reads } from './s3-reads.js'
import type { S3ReadsParts } from './s3-reads.js'
import { S3Requests, targetOf } from './s3-requests.js'
import { S3Session } from './s3-session.js'
import type { S3SessionOptions } from './s3-session.js'

export interface S3OriginOptions extends S3SessionOptions, Pick<S3ReadsParts, 'onOddity'> {}

/** An S3-compatible endpoint, asked with the requester's own key pair. */
export class S3Origin implements Objects, PartReads, Buckets, Listing, FolderListing, OriginProbe {
  readonly name: string
  readonly #session: S3Session
  readonly #requests: S3Requests
  readonly #fastHead: S3FastHead
  readonly #spellings = new EtagSpellings()
  readonly #heads: S3Heads
  readonly #reads: S3Reads
  readonly #partReads: S3PartReads
  readonly #buckets: S3Buckets
  readonly #listing: S3Listing

  constructor (options: S3OriginOptions) {
    this.name = options.endpoint
    this.#session = new S3Session(options)
    this.#requests = new S3Requests(options)
    this.#fastHead = new S3FastHead(this.#requests)
    const shared = { session: this.#session, spellings: this.#spellings }
    this.#heads = new S3Heads({ ...shared, fastHead: this.#fastHead })
    this.#reads = new S3Reads({ ...shared, onOddity: options.onOddity })
    this.#partReads = new S3PartReads({
      session: this.#session,
      reads: this.#reads,
      outbound: this.#requests.outbound,
      signed: (...asked) => this.#signedRange(...asked)
    })
    this.#buckets = new S3Buckets(this.#session)
    this.#listing = new S3Listing(this.#session)
  }

  head (object: ObjectAddress, requester: Requester, signal: AbortSignal, options?: HeadOptions): Promise<ObjectHead> {
    return this.#heads.head(object, requester, signal, options)
  }

  read (
    object: ObjectAddress, requester: Requester, options: ReadOptions, signal: AbortSignal
  ): Promise<ObjectRead> {
    return this.#reads.read(object, requester, options, signal)
  }

  open (
    object: ObjectAddress, requester: Requester, version: ObjectVersion, part: Part, signal: AbortSignal
  ): Promise<OpenPart> {
    return this.#partReads.open(object, requester, version, part, signal)
  }

  async workerRead (object: ObjectAddress, requester: Requester, head: ObjectHead, part: Part): Promise<WorkerRead> {
    const request = await this.#signedRange(object, this.#session.renewed(requester), head, part)
    return { kind: 'http', request }
  }

  headBucket (bucket: string, requester: Requester, signal: AbortSignal): Promise<void> {
    return this.#buckets.headBucket(bucket, requester, signal)
  }

  ownerMatches (allowed: BucketOrObject, requester: Requester, signal: AbortSignal): Promise<boolean> {
    return this.#buckets.ownerMatches(allowed, requester, signal)
  }

  list (bucket: string, prefix: string, requester: Requester, signal: AbortSignal): AsyncGenerator<ListedObject> {
    return this.#listing.list(bucket, prefix, requester, signal)
  }

  listFolder (request: FolderRequest, requester: Requester, signal: AbortSignal): AsyncGenerator<FolderEntry> {
    return this.#listing.listFolder(request, requester, signal)
  }

  async assertThere (signal: AbortSignal): Promise<void> {
    const status = await this.#fastHead.endpointStatus(signal)
    if (status === undefined) throw new OriginUnavailable('the origin does not answer')
    if (status >= 500) throw new OriginUnavailable(`the origin answers with status ${status}`)
  }

  async close (): Promise<void> {
    this.#session.close()
    this.#partReads.close()
    await this.#fastHead.close()
  }

  async #signedRange (
    object: ObjectAddress, requester: Requester, { etag, size, headers: own }: ObjectVersion, { first, last }: Part
  ): Promise<RangeRequest> {
    const request = await this.#requests.signed('GET', object, requester, {
      range: formatRange({ first, last }), 'if-match': this.#spellings.of(etag)
    })
    const { protocol, hostname: host, headers, port } = request
    const tls = protocol === 'https:'
    const way = routed(
      { host, port: port ?? (tls ? 443 : 80), tls, path: targetOf(request), headers }, this.#requests.outbound
    )
    return { ...way, etag, contentEncoding: own['content-encoding'], first, last, size }
  }
}
