import { constants } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { access, open, realpath, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { resolveRange } from '../../s3/byte-range.js'
import { CLOCK_TICK_MS, isSettled } from '../../util/stat-version.js'
import { STEADY_BYTES } from '../../util/steady-bytes.js'
import { destroyOnAbort } from '../transport/destroy-on-abort.js'
import { etagOf, isUnchanged } from '../file-version.js'
import { OriginRefusal, OriginUnavailable } from '../origin.js'
import type { ObjectAddress } from '../../s3/object-address.js'
import type { DirectRead, ObjectHead, ObjectRead, Origin, OriginProbe, ReadOptions, Requester } from '../origin.js'

// A reader that stands still holds one of them.
const READ_BYTES = 64 * 1024
const FAST_READ_BYTES = 512 * 1024
const MAX_LOOKS = 50
// Of the years that an HTTP-date can name (RFC 9110 §5.6.7); a file's time may be any.
const [MIN_DATE_MS, MAX_DATE_MS] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59Z')]

/** A directory whose subdirectories are buckets and whose files are objects; everybody who gets this far may READ. */
export class DirectoryOrigin implements Origin, OriginProbe {
  readonly #root: string

  constructor (root: string) {
    this.#root = root
  }

  get name (): string {
    return this.#root
  }

  async head (object: ObjectAddress, _requester: Requester, signal: AbortSignal): Promise<ObjectHead> {
    await using file = await this.#open(object)
    return describe(await settled(file, signal))
  }

  async read (
    object: ObjectAddress, _requester: Requester, { range, ifMatch, turn }: ReadOptions, signal: AbortSignal
  ): Promise<ObjectRead> {
    const file = await this.#open(object)
    try {
      const stats = await settled(file, signal)
      const head = describe(stats)
      if (ifMatch !== undefined && ifMatch !== head.etag) throw new OriginRefusal('PreconditionFailed')
      const part = range === undefined ? 'whole' : resolveRange(range, head.size)
      if (part === undefined) throw new OriginRefusal('InvalidRange')
      const { first, last } = part === 'whole' ? { first: 0, last: head.size - 1 } : part
      const body = Readable.from(bytes(file, first, last, stats, signal, turn), { highWaterMark: 1 })
      destroyOnAbort(body, signal)
      body.once('close', () => { file.close().catch(() => {}) })
      return { ...head, part, body }
    } catch (error) {
      await file.close()
      throw error
    }
  }

  async directRead (object: ObjectAddress, _requester: Requester, { etag }: ObjectHead): Promise<DirectRead> {
    return { kind: 'file', path: await this.#path(object), etag }
  }

  async assertThere (): Promise<void> {
    await access(this.#root, constants.R_OK | constants.X_OK).catch((cause: unknown) => {
      throw new OriginUnavailable('the directory cannot be read', { cause })
    })
  }

  async headBucket (bucket: string): Promise<void> {
    await this.#bucketPath(bucket)
  }

  /** A directory has no owner that S3 would know. */
  ownerMatches (): Promise<boolean> {
    return Promise.resolve(false)
  }

  async #bucketPath (bucket: string): Promise<string> {
    // Hidden directories (.git, .ssh) are nobody's bucket; '.' alone is what the command line names the directory
    // itself.
    if (bucket !== '.' && !/^[^./\0][^/\0]*$/.test(bucket)) throw new OriginRefusal('NoSuchBucket')
    try {
      const path = await realpath(join(this.#root, bucket))
      if ((await stat(path)).isDirectory()) return path
    } catch (error) {
      throw asRefusal(error, 'NoSuchBucket')
    }
    throw new OriginRefusal('NoSuchBucket')
  }

  async #path ({ bucket, key, versionId }: ObjectAddress): Promise<string> {
    const bucketPath = await this.#bucketPath(bucket)
    if (versionId !== undefined && versionId !== 'null') throw new OriginRefusal('InvalidArgument')
    // A key is a string to S3 and a path here: only keys that are one and the same as both exist.
    if (key.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw new OriginRefusal('NoSuchKey')
    }
    try {
      const path = await realpath(join(bucketPath, key))
      if (path.startsWith(join(bucketPath, sep))) return path
    } catch (error) {
      throw asRefusal(error, 'NoSuchKey')
    }
    throw new OriginRefusal('NoSuchKey')
  }

  async #open (object: ObjectAddress): Promise<FileHandle> {
    const path = await this.#path(object)
    let file: FileHandle | undefined
    try {
      file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      if ((await file.stat()).isFile()) return file
    } catch (error) {
      await file?.close()
      throw asRefusal(error, 'NoSuchKey')
    }
    await file.close()
    throw new OriginRefusal('NoSuchKey')
  }
}

async function * bytes (
  file: FileHandle, first: number, last: number, stats: BigIntStats, signal: AbortSignal, turn: ReadOptions['turn']
): AsyncGenerator<Buffer> {
  let position = first
  while (position <= last) {
    signal.throwIfAborted()
    const length = Math.min(position - first < STEADY_BYTES ? READ_BYTES : FAST_READ_BYTES, last - position + 1)
    await turn?.(length)
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, undefined, position)
    if (bytesRead === 0) break
    position += bytesRead
    // Seen to be what it was after the read: these bytes are the old ones.
    if (!isUnchanged(stats, await file.stat({ bigint: true }))) {
      throw new OriginUnavailable('the file changed while it was read')
    }
    yield buffer.subarray(0, bytesRead)
  }
  if (position <= last) throw new OriginUnavailable('the file became shorter while it was read')
}

async function settled (file: FileHandle, signal: AbortSignal): Promise<BigIntStats> {
  for (let look = 0; look < MAX_LOOKS; look++) {
    const stats = await file.stat({ bigint: true })
    if (isSettled(stats)) return stats
    await sleep(CLOCK_TICK_MS, undefined, { signal })
  }
  throw new OriginUnavailable('the file is being written')
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

function asRefusal (error: unknown, missing: 'NoSuchBucket' | 'NoSuchKey'): Error {
  if (error instanceof OriginRefusal) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ENXIO'].includes(code)) {
    return new OriginRefusal(missing, { cause: error })
  }
  if (code === 'EACCES' || code === 'EPERM') return new OriginRefusal('AccessDenied', { cause: error })
  return new OriginUnavailable('the file cannot be read', { cause: error })
}
