import { createHash } from 'node:crypto'
import { contentAt } from './content.js'
import type { Faults } from './faults.js'

export interface ObjectOptions {
  /** The content: `body`, or the first `size` bytes of contentAt(`seed`). */
  body?: Buffer
  size?: number
  seed?: number
  /** With or without quotes. Else the MD5 of `body`, or a made-up one of seed and size. */
  etag?: string
  /** In listings, as it is. */
  listedEtag?: string
  lastModified?: Date
  contentType?: string
  /** More headers of the answer; an ETag among them is what is answered, and compared as a text. */
  headers?: Record<string, string>
  /** The same, of answers to GET alone. */
  getHeaders?: Record<string, string>
  /** Readable unsigned. */
  public?: boolean
  /** The only access key ids that may read it. Undefined: any signed request may. */
  readers?: string[]
  /** Added to the key's versions, and answered as x-amz-version-id. Without one it replaces what was there. */
  versionId?: string
  deleteMarker?: boolean
  /** GLACIER and DEEP_ARCHIVE: HEAD succeeds and GET is 403 InvalidObjectState. */
  storageClass?: string
  /** Encrypted with a customer's key: a bare 400 to HEAD, and to GET 400 with this code. */
  sseC?: { code: string, message: string }
  /** Put this object in its place once so many bytes of it were sent. An answer under way goes on with the old one. */
  replaceAfter?: { bytes: number, with: ObjectOptions }
  faults?: Faults
}

export class FaultyObject {
  readonly options: ObjectOptions
  readonly faults: Faults
  readonly size: number
  /** With its quotes. */
  readonly etag: string
  readonly lastModified: Date
  bytesSent = 0

  constructor (options: ObjectOptions) {
    const { body, seed = 0, lastModified = new Date(Date.now() - 60_000), faults = {} } = options
    this.options = options
    this.faults = faults
    this.size = body?.length ?? options.size ?? 0
    const etag = options.etag ?? createHash('md5').update(body ?? `${seed} ${this.size}`).digest('hex')
    this.etag = etag.startsWith('"') ? etag : `"${etag}"`
    this.lastModified = lastModified
  }

  bytes (offset: number, length: number): Buffer {
    const { body, seed = 0 } = this.options
    return body ? body.subarray(offset, offset + length) : contentAt(seed, offset, length)
  }

  get archived (): boolean {
    return this.options.storageClass === 'GLACIER' || this.options.storageClass === 'DEEP_ARCHIVE'
  }
}
