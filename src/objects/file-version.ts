import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'

/**
 * The ETag of a file. ctime changes with every write, even where a tool puts mtime back, and the inode where another
 * file of that time and size is put in its place; the price is that chmod, or a copy, makes another version of the same
 * bytes (see SameBytes). The -1 says, as S3's multipart ETags do, that this is no MD5.
 */
export function etagOf ({ mtimeNs, ctimeNs, ino, size }: BigIntStats): string {
  return `"${createHash('sha256').update(`${mtimeNs}/${ctimeNs}/${ino}/${size}`).digest('hex').slice(0, 32)}-1"`
}

/**
 * Whether an open file still holds the bytes that it held. A file that another one was renamed over has no name left,
 * which changes its ctime and nothing else.
 */
export function isUnchanged (before: BigIntStats, now: BigIntStats): boolean {
  const unlinked = now.nlink === 0n && now.mtimeNs === before.mtimeNs && now.size === before.size
  return now.ctimeNs === before.ctimeNs || unlinked
}
