import { OriginRefusal } from '../../objects/origin.js'
import { S3Error } from '../../s3/errors.js'

/** What became of one object. */
export type WarmOutcome =
  | { readonly is: 'hashed' }
  | { readonly is: 'kept' }
  | { readonly is: 'skipped', readonly reason: string }
  | { readonly is: 'failed', readonly reason: string }

export const SKIPPED = { empty: 'empty', large: 'too large', customerKey: 'SSE-C', archived: 'archived' } as const

/**
 * The outcome where S3's code and message say that the object can have no torrent; undefined where something went
 * wrong. Its own server answers the same.
 */
export function skipOf (code: string, message: string): WarmOutcome | undefined {
  if (code === 'InvalidObjectState') return { is: 'skipped', reason: SKIPPED.archived }
  if (code === 'EncryptedWithCustomerKey' || (code === 'InvalidRequest' && /Server Side Encryption/.test(message))) {
    return { is: 'skipped', reason: SKIPPED.customerKey }
  }
  if (code === 'InvalidRequest' && /larger than/.test(message)) return { is: 'skipped', reason: SKIPPED.large }
  if (code === 'InvalidRequest' && /zero bytes/.test(message)) return { is: 'skipped', reason: SKIPPED.empty }
  return undefined
}

/** The same of what was thrown. */
export function skipOfError (error: unknown): WarmOutcome | undefined {
  return error instanceof S3Error || error instanceof OriginRefusal ? skipOf(error.code, error.message) : undefined
}
