import { constants } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { access } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { resolveRange } from '../../s3/byte-range.js'
import type { ObjectAddress } from '../../s3/object-address.js'
import { FairSlots } from '../../util/fair-slots.js'
import { pause } from '../../util/retry.js'
import { CLOCK_TICK_MS, isSettled } from '../../util/stat-version.js'
import type { Buckets } from '../buckets.js'
import { etagOf } from '../file-version.js'
import type { FolderEntry, FolderListing, FolderRequest } from '../folder-listing.js'
import type { ListedObject, Listing } from '../listing.js'
import type { ObjectHead, ObjectRead, Objects, Part, ReadOptions } from '../objects.js'
import { OriginRefusal, OriginUnavailable } from '../origin-errors.js'
import type { OriginProbe } from '../origin-status.js'
import type { ObjectVersion, OpenPart, PartReads } from '../part-reads.js'
import type { Requester } from '../requester.js'
import { destroyOnAbort } from '../transport/destroy-on-abort.js'
import type { WorkerRead } from '../worker-read.js'
import { DirectoryFiles } from './directory-files.js'
import { namesOf } from './directory-folder.js'
import { keysOf } from './directory-keys.js'
import { bodyOf, pourFile } from './file-body.js'
import type { OpenedFile } from './file-body.js'

const MAX_LOOKS = 50
// Of bodies, fairly by address. Node's file system has four threads, and one is for all else: a question, which is
// seven calls, would wait for everybody's reads at each of them.
const READS = 3
// Of the years that an HTTP-date can name (RFC 9110 §5.6.7); a file's time may be any.
const [MIN_DATE_MS, MAX_DATE_MS] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59Z')]

/** A directory whose subdirectories are buckets and whose files are objects; every requester may READ and list. */
export class DirectoryOrigin implements Objects, PartReads, Buckets, Listing, FolderListing, OriginProbe {
  readonly name: string
  readonly #files: DirectoryFiles
  readonly #reads = new FairSlots<string>(READS)

  constructor (root: string) {
    this.name = root
    this.#files = new DirectoryFiles(root)
  }

  async head (object: ObjectAddress, _requester: Requester, signal: AbortSignal): Promise<ObjectHead> {
    await using file = await this.#files.open(object)
    return describe(await settled(file, signal))
  }

  async read (
    object: ObjectAddress, requester: Requester, { range, ifMatch }: ReadOptions, signal: AbortSignal
  ): Promise<ObjectRead> {
    const file = await this.#files.open(object)
    try {
      const stats = await settled(file, signal)
      const head = describe(stats)
      if (ifMatch !== undefined && ifMatch !== head.etag) throw new OriginRefusal('PreconditionFailed')
      const part = range === undefined ? 'whole' : resolveRange(range, head.size)
      if (part === undefined) throw new OriginRefusal('InvalidRange')
      const bytes = part === 'whole' ? { first: 0, last: head.size - 1 } : part
      const body = Readable.from(bodyOf(this.#opened(file, stats, requester), bytes, signal), { highWaterMark: 1 })
      destroyOnAbort(body, signal)
      body.once('close', () => { file.close().catch(() => {}) })
      return { ...head, part, body }
    } catch (error) {
      await file.close()
      throw error
    }
  }

  async open (
    object: ObjectAddress, requester: Requester, { etag }: ObjectVersion, part: Part, signal: AbortSignal
  ): Promise<OpenPart> {
    signal.throwIfAborted()
    const file = await this.#files.open(object)
    const close = () => { file.close().catch(() => {}) }
    try {
      const stats = await settled(file, signal)
      if (etagOf(stats) !== etag) throw new OriginRefusal('PreconditionFailed')
      return { part, pour: (sink) => pourFile(this.#opened(file, stats, requester), part, sink, signal), close }
    } catch (error) {
      close()
      throw error
    }
  }

  async workerRead (
    object: ObjectAddress, _requester: Requester, { etag }: ObjectHead, part: Part
  ): Promise<WorkerRead> {
    return { kind: 'file', path: await this.#files.pathOf(object), etag, ...part }
  }

  async headBucket (bucket: string): Promise<void> {
    await this.#files.pathOfBucket(bucket)
  }

  /** A directory has no owner that S3 would know. */
  ownerMatches (): Promise<boolean> {
    return Promise.resolve(false)
  }

  async * list (
    bucket: string, prefix: string, requester: Requester, signal: AbortSignal
  ): AsyncGenerator<ListedObject> {
    for await (const key of keysOf(await this.#files.pathOfBucket(bucket), prefix, signal)) {
      const object = await this.#listed(bucket, key, requester, signal)
      if (object !== undefined) yield object
    }
  }

  async * listFolder (
    { bucket, ...request }: FolderRequest, requester: Requester, signal: AbortSignal
  ): AsyncGenerator<FolderEntry> {
    for await (const name of namesOf(await this.#files.pathOfBucket(bucket), request, signal)) {
      const entry = name.endsWith('/') ? { folder: name } : await this.#listed(bucket, name, requester, signal)
      if (entry !== undefined) yield entry
    }
  }

  async assertThere (): Promise<void> {
    await access(this.name, constants.R_OK | constants.X_OK).catch((cause: unknown) => {
      throw new OriginUnavailable('the directory cannot be read', { cause })
    })
  }

  /** Files are open only while they are read. */
  async close (): Promise<void> {}

  /** Undefined for what is no object: a socket, a link that leads nowhere or out. */
  async #listed (
    bucket: string, key: string, requester: Requester, signal: AbortSignal
  ): Promise<ListedObject | undefined> {
    try {
      const { size, etag, lastModified } = await this.head({ bucket, key }, requester, signal)
      return { key, size, etag, lastModified }
    } catch (error) {
      if (error instanceof FileBeingWritten) return { key, size: error.size, etag: '', lastModified: undefined }
      if (error instanceof OriginRefusal && error.code === 'NoSuchKey') return undefined
      throw error
    }
  }

  #opened (file: FileHandle, stats: BigIntStats, { client }: Requester): OpenedFile {
    return { file, stats, inTurn: (read, signal) => this.#reads.use(client?.network ?? '', read, signal) }
  }
}

/** It has no version yet. */
class FileBeingWritten extends OriginUnavailable {
  override name = 'FileBeingWritten'
  readonly size: number

  constructor (size: number) {
    super('the file is being written')
    this.size = size
  }
}

async function settled (file: FileHandle, signal: AbortSignal): Promise<BigIntStats> {
  let size = 0
  for (let look = 0; look < MAX_LOOKS; look++) {
    const stats = await file.stat({ bigint: true })
    if (isSettled(stats)) return stats
    size = Number(stats.size)
    await pause(CLOCK_TICK_MS, signal)
  }
  throw new FileBeingWritten(size)
}

function describe (stats: BigIntStats): ObjectHead {
  return {
    size: Number(stats.size),
    etag: etagOf(stats),
    lastModified: new Date(Math.min(Math.max(Number(stats.mtimeNs / 1_000_000_000n) * 1000, MIN_DATE_MS), MAX_DATE_MS)),
    requestCharged: false,
    headers: { 'content-type': 'binary/octet-stream' }
  }
}
