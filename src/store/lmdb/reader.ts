import type { Identity } from '../../torrent/identity.js'
import type { InfoHash } from '../../torrent/info-hash.js'
import { decodeManifest } from '../../torrent/manifest.js'
import type { Manifest } from '../../torrent/manifest.js'
import { pieceDigestBytes } from '../../torrent/meta-version.js'
import { PieceDigests } from '../../torrent/piece-digests.js'
import type { DigestRun } from '../../torrent/piece-digests.js'
import type { StoreLog } from '../store-log.js'
import { identitiesOf, partsOf } from './databases.js'
import type { ByInfoHash, Databases } from './databases.js'
import { manifestKey, partKey, torrentKey } from './record-keys.js'
import { decodeRecord, readDigests, readFacts } from './record.js'
import { decodeFacts } from './torrent-facts.js'
import type { TorrentFacts } from './torrent-facts.js'
import type { UsageIndex } from './usage-index.js'
import type { Writer } from './writer.js'

/** Of an info hash. */
const MAX_LOOKED_AT = 256

/** What is in a store's file, checked: a damaged record is dropped, and not known. */
export class Reader {
  readonly #databases: Databases
  readonly #usage: UsageIndex
  readonly #writer: Writer
  readonly #log: StoreLog

  constructor (databases: Databases, { usage, writer, log }: { usage: UsageIndex, writer: Writer, log: StoreLog }) {
    this.#databases = databases
    this.#usage = usage
    this.#writer = writer
    this.#log = log
  }

  /** All digests of a finished object. @throws what LMDB says of the file */
  digests (id: string): Buffer | undefined {
    const record = this.#databases.torrents.getBinaryFast(id)
    return record && this.#checked(id, () => readDigests(torrentKey(id), record))
  }

  /** What the record of a finished object says besides. @throws what LMDB says of the file */
  facts (id: string): TorrentFacts | undefined {
    const record = this.#databases.torrents.getBinaryFast(id)
    const decoded = record && this.#checked(id, () => decodeRecord(torrentKey(id), record))
    return decoded && decodeFacts(id, decoded.facts)
  }

  /** The manifest of a finished prefix. @throws what LMDB says of the file */
  manifest (id: string): Manifest | undefined {
    const record = this.#databases.manifests.get(id)
    const bytes = record && this.#checked(id, () => readDigests(manifestKey(id), record))
    return bytes && decodeManifest(id, bytes)
  }

  /** The runs of an object that is not finished. @throws what LMDB says of the file */
  runs (id: string, identity: Identity): DigestRun[] {
    const runs: DigestRun[] = []
    const pieces = PieceDigests.piecesOf(identity)
    for (const { key: [, firstPiece], value } of this.#databases.parts.getRange(partsOf(id))) {
      const bytes = this.#checked(id, () => readDigests(partKey(id, firstPiece), value))
      const digests = bytes && digestsOf(bytes, identity)
      if (digests !== undefined && firstPiece + digests.pieces <= pieces) runs.push({ firstPiece, digests })
    }
    return runs
  }

  /** What is noted of objects under an info hash, at most 256 of them, in the order of their ids. */
  entries<V> (database: ByInfoHash<V>, { hex }: InfoHash): Array<{ id: string, value: V }> {
    const found = this.attempt(() => [...database.getRange({ ...identitiesOf(hex), limit: MAX_LOOKED_AT })], [])
    return found.map(({ key: [, id], value }) => ({ id, value }))
  }

  /** The finished object with this id and info hash, which is a use. */
  identity (id: string, { hex }: InfoHash): Identity | undefined {
    return this.attempt(() => {
      const record = this.#databases.torrents.getBinaryFast(id)
      if (record === undefined) return undefined
      const facts = factsOf(id, record) ?? this.facts(id)
      if (facts?.infoHashes.some((infoHash) => infoHash.hex === hex) !== true) return undefined
      this.#writer.use(id)
      return facts.identity
    }, undefined)
  }

  /** What `read` returns; `otherwise`, and a line in the log, where LMDB cannot read the file. */
  attempt<T> (read: () => T, otherwise: T): T {
    try {
      return read()
    } catch (error) {
      this.#log.warn({ err: error }, 'the store could not be read; what it does not know is hashed again')
      return otherwise
    }
  }

  #checked<T> (id: string, read: () => T): T | undefined {
    try {
      return read()
    } catch (error) {
      this.#log.warn({ err: error, id }, 'a damaged record is dropped; the object is hashed again')
      this.#writer.write('drop a damaged record', 0, () => this.#usage.drop(id)).catch(() => {})
      return undefined
    }
  }
}

function digestsOf (bytes: Buffer, { metaVersion }: Identity): PieceDigests | undefined {
  return bytes.length % pieceDigestBytes(metaVersion) === 0 ? PieceDigests.of(bytes, metaVersion) : undefined
}

// An identity proves itself by its id: the digests behind it, which may be megabytes, are not read.
function factsOf (id: string, record: Uint8Array): TorrentFacts | undefined {
  try {
    return decodeFacts(id, readFacts(record))
  } catch {
    return undefined // whoever decodes the whole record says that it is damaged
  }
}
