import { createHash } from 'node:crypto'
import type { Identity } from './metainfo-store.js'

/** The name of an identity in a store and among jobs: 64 hexadecimal digits. */
export function idOf ({ origin, bucket, key, versionId, etag, size, pieceLength, format }: Identity): string {
  return createHash('sha256').update(JSON.stringify([origin, bucket, key, versionId ?? null, etag, size, pieceLength, format])).digest('hex')
}

/** Whether two identities have one name, without making it. */
export function areSame (a: Identity, b: Identity): boolean {
  return a === b || (a.key === b.key && a.etag === b.etag && a.bucket === b.bucket && a.origin === b.origin && a.versionId === b.versionId &&
    a.size === b.size && a.pieceLength === b.pieceLength && a.format === b.format)
}

/** Bytes of all its digests. */
export function digestBytesOf ({ size, pieceLength }: Identity): number {
  return Math.ceil(size / pieceLength) * 20
}
