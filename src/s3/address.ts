import { S3Error } from './errors.js'
import { Query, parseQuery } from './query.js'
import { decodeUri } from './uri.js'

/** What a request target names. */
export interface Address {
  /** Undefined: the service itself (`GET /`). */
  readonly bucket: string | undefined
  /** Undefined: the bucket itself. */
  readonly key: string | undefined
  readonly query: Query
  /** As sent, for the signatures. */
  readonly rawPath: string
  /** Whether the bucket came from the Host header. */
  readonly virtualHosted: boolean
}

export const MAX_KEY_BYTES = 1024
const NO_QUERY = new Query([])

/**
 * Path style `/bucket/key` or, under one of `domains`, virtual-hosted `Host: bucket.domain`; each decoded exactly once.
 */
export function parseAddress (target: string, host: string, domains: readonly string[]): Address {
  const mark = target.indexOf('?')
  const rawPath = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? NO_QUERY : parseQuery(target.slice(mark + 1))
  const hosted = virtualHostedBucket(host, domains)
  const slash = hosted === undefined ? rawPath.indexOf('/', 1) : 0
  const rawBucket = slash < 0 ? rawPath.slice(1) : rawPath.slice(1, slash)
  const bucket = hosted ?? decodeUri(rawBucket)
  const key = slash < 0 ? '' : decodeUri(rawPath.slice(slash + 1))
  if (bucket === '' && key === '') return { bucket: undefined, key: undefined, query, rawPath, virtualHosted: false }
  if (hosted === undefined) assertBucketName(bucket)
  else assertHostedBucketName(bucket)
  assertKeyLength(key)
  return { bucket, key: key === '' ? undefined : key, query, rawPath, virtualHosted: hosted !== undefined }
}

/** The bucket that `Host: bucket.domain` names, or undefined for path style. */
export function virtualHostedBucket (host: string, domains: readonly string[]): string | undefined {
  const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
  const domain = domains.filter((domain) => name.endsWith(`.${domain}`)).sort((a, b) => b.length - a.length)[0]
  return domain === undefined || domains.includes(name) ? undefined : name.slice(0, -domain.length - 1)
}

/**
 * What S3 clients ask for (botocore's rule), so that the origin judges the rest: the narrower naming rules are for
 * making buckets, and stores have older ones. `.` and `..` are no names in a path; `-` is where this server's own paths
 * are.
 * @throws S3Error InvalidBucketName
 */
export function assertBucketName (bucket: string): void {
  if (!/^(?!\.{1,2}$|-$)[A-Za-z0-9._-]{1,255}$/.test(bucket)) {
    throw new S3Error('InvalidBucketName', { details: { BucketName: bucket } })
  }
}

// Host names have no case and no underscores: under a domain there are the names that can be made today.
function assertHostedBucketName (bucket: string): void {
  const wellFormed = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) && !bucket.includes(
    '..'
  ) && !/^\d+\.\d+\.\d+\.\d+$/.test(
    bucket
  )
  if (!wellFormed) throw new S3Error('InvalidBucketName', { details: { BucketName: bucket } })
}

/** @throws S3Error KeyTooLongError over 1,024 bytes of UTF-8 */
export function assertKeyLength (key: string): void {
  const size = Buffer.byteLength(key)
  if (size > MAX_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', { details: { Size: String(size), MaxSizeAllowed: String(MAX_KEY_BYTES) } })
  }
}
