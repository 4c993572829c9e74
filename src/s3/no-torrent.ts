import { S3Error } from './errors.js'

/** Why there can be no torrent of an object, whoever asks for it. */
export type NoTorrentReason = 'empty' | 'too-large' | 'sse-c' | 'archived' | 'weak-etag' | 'no-etag' | 'redirect'

const MESSAGES = {
  empty: 'Torrent creation is not supported for objects of zero bytes',
  'too-large': 'Torrent creation is not supported for objects larger than ',
  'sse-c': 'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to ' +
    'retrieve the object.',
  'weak-etag': 'Torrent creation needs an object with a strong ETag',
  'no-etag': 'The origin gives this object no ETag, without which its versions cannot be told apart: have it send one.',
  redirect: 'The origin answers this object with a redirect, and those are not followed: ask for the key that it ' +
    'leads to.'
} as const satisfies Partial<Record<NoTorrentReason, string>>

/** An object that can have no torrent: S3's error for it, whose `reason` programs read. */
export class NoTorrent extends S3Error {
  readonly reason: NoTorrentReason

  /** @param limit bytes, of `too-large` @param storageClass of `archived` */
  constructor (reason: NoTorrentReason, { limit, storageClass, cause }: NoTorrentFacts = {}) {
    if (reason === 'archived') super('InvalidObjectState', { details: storageClassOf(storageClass), cause })
    else super('InvalidRequest', { message: `${MESSAGES[reason]}${reason === 'too-large' ? limit : ''}`, cause })
    this.reason = reason
  }
}

interface NoTorrentFacts {
  readonly limit?: number
  readonly storageClass?: string
  readonly cause?: unknown
}

function storageClassOf (storageClass: string | undefined): Record<string, string> {
  return storageClass === undefined ? {} : { StorageClass: storageClass }
}

/** The reason behind the error document of another object-torrent; undefined where it says something else. */
export function reasonOf (code: string, message: string): NoTorrentReason | undefined {
  if (code === 'InvalidObjectState') return 'archived'
  if (code !== 'InvalidRequest') return undefined
  if (message.startsWith(MESSAGES['too-large'])) return 'too-large'
  const [reason] = Object.entries(MESSAGES).find(([, sentence]) => sentence === message) ?? []
  return reason as NoTorrentReason | undefined
}
