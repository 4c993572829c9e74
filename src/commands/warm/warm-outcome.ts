import { OriginRefusal } from '../../objects/origin-errors.js'
import { NoTorrent } from '../../s3/no-torrent.js'
import type { NoTorrentReason } from '../../s3/no-torrent.js'

/** What became of one object. */
export type WarmOutcome =
  | { readonly is: 'hashed' }
  | { readonly is: 'kept' }
  | { readonly is: 'skipped', readonly reason: string }
  | { readonly is: 'failed', readonly reason: string }

/** Objects that a prefix may well have, and that can have no torrent. Any other reason is a failure to be looked at. */
const SKIPPED: Partial<Record<NoTorrentReason, string>> = {
  empty: 'empty', 'too-large': 'too large', 'sse-c': 'SSE-C', archived: 'archived'
}

/** The outcome where an object can have no torrent for this reason; undefined where that is a failure. */
export function skipOf (reason: NoTorrentReason | undefined): WarmOutcome | undefined {
  const text = reason && SKIPPED[reason]
  return text === undefined ? undefined : { is: 'skipped', reason: text }
}

/** The same of what was thrown. */
export function skipOfError (error: unknown): WarmOutcome | undefined {
  if (error instanceof NoTorrent) return skipOf(error.reason)
  if (!(error instanceof OriginRefusal)) return undefined
  if (error.code === 'EncryptedWithCustomerKey') return skipOf('sse-c')
  return error.code === 'InvalidObjectState' ? skipOf('archived') : undefined
}
