import { identityFormatOf, idsOf, parseFormat } from '../../torrent/identity.js'
import type { FormatFields, Identity, IdentityFormat } from '../../torrent/identity.js'
import { InfoHash } from '../../torrent/info-hash.js'

/** What a finished object's record says besides its digests. */
export interface TorrentFacts {
  readonly identity: Identity
  /** None: it is a part of torrents, and none itself. */
  readonly infoHashes: readonly InfoHash[]
  /** Milliseconds since 1970. */
  readonly created: number
}

/** The same as it is in the record. */
export interface WrittenFacts {
  readonly identity: Omit<Identity, keyof FormatFields> & { readonly format: IdentityFormat }
  /** Hexadecimal, the first one; absent where there is none. */
  readonly infoHash?: string
  /** The others; absent where there is one, as in files that are older than this field. */
  readonly moreInfoHashes?: readonly string[]
  readonly created: number
}

export function encodeFacts ({ identity, infoHashes: [first, ...more], created }: TorrentFacts): WrittenFacts {
  const { origin, bucket, key, versionId, etag, size, pieceLength } = identity
  const object = { origin, bucket, key, ...(versionId !== undefined && { versionId }), etag, size, pieceLength }
  return {
    identity: { ...object, format: identityFormatOf(identity) },
    ...(first !== undefined && { infoHash: first.hex }),
    ...(more.length > 0 && { moreInfoHashes: more.map(({ hex }) => hex) }),
    created
  }
}

/**
 * What a record under this id says; undefined: it is of another object, of a later version, or damaged. An identity
 * proves itself by its id, so that a record's digests need not be read for it.
 */
export function decodeFacts (id: string, json: unknown): TorrentFacts | undefined {
  try {
    const { identity: { format, ...fields }, infoHash, moreInfoHashes = [], created } = json as WrittenFacts
    const version = parseFormat(format)
    if (version === undefined) return undefined
    const identity = { ...fields, ...version }
    if (!idsOf(identity).includes(id)) return undefined
    const hexes = infoHash === undefined ? [] : [infoHash, ...moreInfoHashes]
    return { identity, infoHashes: hexes.map((hex) => InfoHash.ofHex(hex)), created }
  } catch {
    return undefined // whoever decodes the whole record says that it is damaged
  }
}
