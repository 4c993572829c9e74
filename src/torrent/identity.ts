import { createHash } from 'node:crypto'
import type { ObjectAddress } from '../s3/object-address.js'
import { formatOf, metaVersionOf } from './meta-version.js'
import type { MetaVersion, TorrentFormat } from './meta-version.js'
import { autoPieceLength } from './piece-length.js'

/** What digests belong to: the bytes of one object, cut in one way. See idOf for what pins them. */
export interface Identity {
  /** The origin's own name, see Origin. */
  readonly origin: string
  readonly bucket: string
  readonly key: string
  /** How they are asked for, and no part of what they are. */
  readonly versionId?: string
  readonly etag: string
  /** Bytes. */
  readonly size: number
  readonly pieceLength: number
  /** The version of the metainfo file, and so of the digests. */
  readonly metaVersion: MetaVersion
  /** Whether the info dictionary has x-amz-bucket and x-amz-key, which make another info hash. */
  readonly xAmzInfo: boolean
  /**
   * What it is instead of an object: small objects behind one another, or all under a prefix. Its key is the first
   * object's, or the prefix, and its ETag is made of what they are.
   */
  readonly subject?: 'pack' | 'prefix'
  /** Its last piece of version 1 is hashed with zeros to its end (BEP 47); never there where that piece is whole. */
  readonly padded?: true
}

/** What a torrent depends on besides its object. */
export interface IdentityOptions {
  readonly pieceLength: number | 'auto'
  readonly metaVersion: MetaVersion
  /** Whether info holds x-amz-bucket and x-amz-key. */
  readonly xAmzInfo: boolean
}

/** What the digests of an object are kept under. @param origin the origin's own name, see Origin */
export function identityOf (
  origin: string,
  { pieceLength, metaVersion, xAmzInfo }: IdentityOptions,
  object: ObjectAddress,
  { etag, size }: { readonly etag: string, readonly size: number }
): Identity {
  return {
    origin,
    ...object,
    etag,
    size,
    pieceLength: pieceLength === 'auto' ? autoPieceLength(size) : pieceLength,
    metaVersion,
    xAmzInfo
  }
}

/** What of an identity is one word in ids and in files, which are older than these fields. */
export type IdentityFormat =
  `${TorrentFormat}${'' | ' x-amz'}${'' | ' pack' | ' prefix'}${'' | ' padded'}`

/** The fields of that word. */
export type FormatFields = Pick<Identity, 'metaVersion' | 'xAmzInfo' | 'subject' | 'padded'>

/**
 * The name of an identity in a store and among jobs: 64 hexadecimal digits. Digests belong to bytes, and what pins
 * those is the key, the strong ETag and the size. The version id is left out: a notification, `warm` and a plain
 * request ask for the same bytes in several ways, and hash them once.
 *
 * Two versions of a key that have one strong ETag and one size have the same bytes. Each was, or could have been, what
 * a plain request finds under the key, and a strong ETag is never the same for two of these (RFC 9110 §8.8.1). In S3's
 * terms: it is the MD5 of the bytes; of the parts' MD5s behind a multipart upload, which other bytes change too; and
 * where it is no MD5 (SSE-KMS, SSE-C, directory buckets), it is made anew for each PUT, so that at worst the same bytes
 * are hashed twice. Of a file that was not written by S3 it is made of inode and mtime, and no two versions are one
 * file. What would have to be feared is an MD5 collision of equal length, by somebody who may write the key: that fools
 * a plain request in the same way, whatever a version id does. Weak ETags, and those that are the same for everything,
 * pin nothing: such objects have no torrent (assertPinnable).
 *
 * Last-Modified is left out too. It changes with an ACL (Ceph), is rounded up here and down there between a listing and
 * HEAD (Swift), and has seconds: where the ETag does not tell two writes apart, it does not either.
 */
export function idOf (identity: Identity): string {
  const known = ids.get(identity)
  if (known !== undefined) return known
  const id = named(identity, null) // where the version id was, for files that are older than this
  ids.set(identity, id)
  return id
}

// A request asks the store several times, and a hash costs more than all else there.
const ids = new WeakMap<Identity, string>()

/**
 * The names that an identity may have in a file: its own, and what it was called when the version id was still part of
 * it.
 */
export function idsOf (identity: Identity): string[] {
  return [idOf(identity), ...identity.versionId === undefined ? [] : [named(identity, identity.versionId)]]
}

/** The name of an object as one of its versions, or as what is current: what is or is not public. */
export function publicationOf (identity: Identity): string {
  const id = idOf(identity)
  return identity.versionId === undefined ? id : `${id}/${identity.versionId}`
}

/** Whether two identities are of the same bytes, which are asked for in the same way. */
export function areSame (a: Identity, b: Identity): boolean {
  return a === b || (
    a.key === b.key && a.etag === b.etag && a.bucket === b.bucket && a.origin === b.origin &&
    a.versionId === b.versionId && a.size === b.size && a.pieceLength === b.pieceLength &&
    identityFormatOf(a) === identityFormatOf(b)
  )
}

/**
 * The same bytes with their last piece padded the other way: all digests but the last are the same. Undefined where
 * there is no difference, or no version 1.
 */
export function twinOf (identity: Identity): Identity | undefined {
  const { size, pieceLength, metaVersion, subject, padded, ...rest } = identity
  if (metaVersion === 2 || subject === 'prefix' || size % pieceLength === 0) return undefined
  const twin = { ...rest, size, pieceLength, metaVersion, ...(subject !== undefined && { subject }) }
  return padded === true ? twin : { ...twin, padded: true }
}

/** Zeros behind the last byte that are in its piece of version 1 (BEP 47). */
export function paddingOf ({ size, pieceLength, padded }: Identity): number {
  return padded === true ? (pieceLength - size % pieceLength) % pieceLength : 0
}

export function identityFormatOf ({ metaVersion, xAmzInfo, subject, padded }: FormatFields): IdentityFormat {
  const of = subject === undefined ? '' : ` ${subject}` as const
  return `${formatOf(metaVersion)}${xAmzInfo ? ' x-amz' : ''}${of}${padded === true ? ' padded' : ''}`
}

/** The fields that identityFormatOf is made of; undefined for the word of a later version. */
export function parseFormat (word: string): FormatFields | undefined {
  const [, format = '', amz, subject, padded] = /^(\w+)( x-amz)?( pack| prefix)?( padded)?$/.exec(word) ?? []
  const metaVersion = metaVersionOf(format)
  return metaVersion && {
    metaVersion,
    xAmzInfo: amz !== undefined,
    ...(subject !== undefined && { subject: subject === ' pack' ? 'pack' : 'prefix' }),
    ...(padded !== undefined && { padded: true })
  }
}

function named (identity: Identity, versionId: string | null): string {
  const { origin, bucket, key, etag, size, pieceLength } = identity
  const fields = [origin, bucket, key, versionId, etag, size, pieceLength, identityFormatOf(identity)]
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex')
}
