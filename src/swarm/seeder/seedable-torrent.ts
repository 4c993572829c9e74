import type { PublicAccess } from '../../access/public-access.js'
import type { Delivery } from '../../delivery/delivery.js'
import type { KnownManifests } from '../../store/known-manifests.js'
import { OriginRefusal } from '../../objects/origin-errors.js'
import type { DigestStore } from '../../store/digest-store.js'
import { idOf } from '../../torrent/identity.js'
import { InfoHash } from '../../torrent/info-hash.js'
import type { InfoFields } from '../../torrent/info.js'
import { manifestInfo } from '../../torrent/manifest.js'
import { hashTreesOf } from '../../torrent/torrent-digests.js'
import { infoDictionary, infoFieldsOf, infoHashesOf, swarmNamesOf } from '../../torrent/torrent.js'
import type { PublicTorrent } from '../public-torrents.js'
import type { SeededFile } from './piece-space.js'
import { SeededTorrent } from './seeded-torrent.js'

export interface SeedableParts {
  readonly access: Pick<PublicAccess, 'anonymousRequester'>
  readonly store: DigestStore
  readonly manifests: Pick<KnownManifests, 'get'>
  readonly delivery: Pick<Delivery, 'chunk' | 'forget'>
}

/** A public torrent as it is seeded; undefined where the store has forgotten it, or knows it by another info hash. */
export async function seedableTorrent (
  parts: SeedableParts, hex: string, torrent: PublicTorrent
): Promise<SeededTorrent | undefined> {
  const { identity } = torrent
  const kept = await parts.store.get(identity)
  const seeded = await filesOf(parts, torrent)
  if (kept.is !== 'whole' || seeded === undefined) return undefined
  const { fields, fileAt } = seeded
  const { digests } = kept
  const infoHashes = infoHashesOf(fields, digests)
  if (!swarmNamesOf(infoHashes).some((infoHash) => infoHash.hex === hex)) return undefined
  const { v2 } = infoHashes
  return new SeededTorrent({
    ...fields,
    fileAt,
    delivery: parts.delivery,
    info: infoDictionary(fields, digests),
    digests,
    version2: v2 === undefined
      ? undefined
      : { infoHash: InfoHash.truncated(v2).bytes, trees: hashTreesOf(fields, digests) }
  })
}

async function filesOf (
  { access, manifests }: SeedableParts, { identity, object }: PublicTorrent
): Promise<{ fields: InfoFields, fileAt: (file: number) => SeededFile } | undefined> {
  const seeded = (content: SeededFile['content']): SeededFile => {
    const everybody = access.anonymousRequester(content.object)
    if (everybody === undefined) throw new OriginRefusal('AccessDenied')
    return { content, everybody }
  }
  if (identity.subject !== 'prefix') {
    const { etag, size } = identity
    const file = seeded({ object, etag, size })
    return { fields: infoFieldsOf(identity), fileAt: () => file }
  }
  const manifest = await manifests.get(idOf(identity))
  if (manifest === undefined) return undefined
  const { bucket, files } = manifest
  const sharer = idOf(identity)
  return {
    fields: manifestInfo(manifest),
    fileAt: (number) => {
      const { key = '', etag = '', size = 0 } = files[number] ?? {}
      return seeded({ object: { bucket, key }, etag, size, sharer })
    }
  }
}
