import { constants } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { ObjectAddress } from '../../s3/object-address.js'
import { OriginRefusal, OriginUnavailable } from '../origin-errors.js'

/** Where buckets and objects are below a directory. */
export class DirectoryFiles {
  readonly #root: string

  constructor (root: string) {
    this.#root = root
  }

  /** The directory that a bucket is. @throws OriginRefusal NoSuchBucket, AccessDenied; OriginUnavailable */
  async pathOfBucket (bucket: string): Promise<string> {
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

  /** The path that an object is at, links resolved. @throws OriginRefusal, OriginUnavailable */
  async pathOf ({ bucket, key, versionId }: ObjectAddress): Promise<string> {
    const bucketPath = await this.pathOfBucket(bucket)
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

  /** The regular file that an object is. Whoever gets it closes it. @throws OriginRefusal, OriginUnavailable */
  async open (object: ObjectAddress): Promise<FileHandle> {
    const path = await this.pathOf(object)
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

function asRefusal (error: unknown, missing: 'NoSuchBucket' | 'NoSuchKey'): Error {
  if (error instanceof OriginRefusal) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ENXIO'].includes(code)) {
    return new OriginRefusal(missing, { cause: error })
  }
  if (code === 'EACCES' || code === 'EPERM') return new OriginRefusal('AccessDenied', { cause: error })
  return new OriginUnavailable('the file cannot be read', { cause: error })
}
