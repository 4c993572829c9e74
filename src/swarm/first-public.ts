import { setMaxListeners } from 'node:events'
import type { PublicAccess } from '../access/public-access.js'
import type { PublicPrefixes } from '../access/public-prefix.js'
import type { SameBytes } from '../access/same-bytes.js'
import type { Objects } from '../objects/objects.js'
import { idOf } from '../torrent/identity.js'
import type { Identity } from '../torrent/identity.js'
import type { KnownManifests } from '../store/known-manifests.js'
import type { IssuedTorrent } from '../torrent/issued-torrent.js'

export interface FirstPublicParts {
  readonly origin: Objects
  readonly access: PublicAccess
  readonly sameBytes: SameBytes
  readonly manifests: Pick<KnownManifests, 'get'>
  readonly publicPrefixes: Pick<PublicPrefixes, 'arePublic'>
}

export interface FirstPublic {
  /** Undefined: none of them is known to be public. */
  readonly torrent: IssuedTorrent | undefined
  /** Those that are not public, or not what they were. */
  readonly refused: readonly Identity[]
  /** Why others could not be asked for; undefined: all could. */
  readonly failure: unknown
}

const ASK_MS = 10_000
/** Of all objects of a prefix. */
const ASK_PREFIX_MS = 30_000
/** Objects that are asked for at the same time, after the first one. */
const ASKED_AT_ONCE = 8

/** Asks the origin which of these objects everybody may read, until one is found. Rejects never. */
export async function firstPublic (
  parts: FirstPublicParts, identities: readonly Identity[], closing: AbortSignal
): Promise<FirstPublic> {
  const limitMs = identities.some(({ subject }) => subject === 'prefix') ? ASK_PREFIX_MS : ASK_MS
  const signal = AbortSignal.any([closing, AbortSignal.timeout(limitMs)])
  setMaxListeners(0, signal) // each question has several
  const refused: Identity[] = []
  let failure: unknown
  for (let next = 0, count = 1; next < identities.length && !signal.aborted; next += count, count = ASKED_AT_ONCE) {
    const some = identities.slice(next, next + count)
    const answers = await Promise.allSettled(some.map((identity) => asIfPublic(parts, identity, signal)))
    const torrents = answers.flatMap((answer, i) => {
      if (answer.status === 'rejected') failure = answer.reason
      else if (answer.value !== undefined) return [answer.value]
      else refused.push(...some.slice(i, i + 1))
      return []
    })
    if (torrents.length > 0) return { torrent: torrents[0], refused, failure }
  }
  return { torrent: undefined, refused, failure: signal.aborted ? signal.reason : failure }
}

async function asIfPublic (
  parts: FirstPublicParts, identity: Identity, signal: AbortSignal
): Promise<IssuedTorrent | undefined> {
  const { access, sameBytes } = parts
  const { bucket, key, versionId, etag, size } = identity
  if (identity.subject === 'prefix') return prefixIfPublic(parts, identity, signal)
  const object = { bucket, key, ...(versionId !== undefined && { versionId }) }
  const head = await access.headIfPublic(object, signal)
  if (head === undefined || head.size !== size) return undefined
  // Another ETag, and the same info hash once that version was hashed: a file that was copied back, or given to
  // somebody else.
  const current = head.etag === etag ? identity : { ...identity, etag: head.etag }
  return await sameBytes.are(current, identity) ? { identity: current, object } : undefined
}

async function prefixIfPublic (
  { manifests, publicPrefixes }: FirstPublicParts, identity: Identity, signal: AbortSignal
): Promise<IssuedTorrent | undefined> {
  const manifest = await manifests.get(idOf(identity))
  if (manifest === undefined || !await publicPrefixes.arePublic(manifest, signal)) return undefined
  return { identity, object: { bucket: identity.bucket, key: identity.key } }
}
