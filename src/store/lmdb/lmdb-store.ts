import { setTimeout as sleep } from 'node:timers/promises'
import { identitiesOf, openDatabases, partsOf } from './databases.js'
import type { ByInfoHash, Databases } from './databases.js'
import { digestBytesOf, idOf, idsOf, publicationOf } from '../../torrent/identity.js'
import { MAX_IDENTITIES, MAX_PUBLISHED } from '../digest-store.js'
import type { Identity } from '../../torrent/identity.js'
import type { MetainfoStore, StoreSpace, StoredDigests, StoredTorrent, StoreView } from '../digest-store.js'
import { movePublished } from './move-published.js'
import { isNotable, latestOf, notedAt, versionsOf, withPublication, withoutPublication } from '../publications.js'
import { partKey, torrentKey } from './record-keys.js'
import { decodeRecord, encodeRecord, readFacts } from './record.js'
import { Room } from './room.js'
import { Space } from './space.js'
import type { StoreLog } from '../store-log.js'

export interface LmdbStoreOptions {
  /** Bytes that the file may have, about. */
  readonly maxBytes: number
  readonly log: StoreLog
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What a finished object's record says besides its digests. */
export interface TorrentFacts {
  readonly identity: Identity
  /** Hexadecimal. */
  readonly infoHash: string
  /** Milliseconds since 1970. */
  readonly created: number
}

/** What a killed process has to hash again. */
const KEEP_MS = 50
/** Of an info hash. */
const MAX_LOOKED_AT = 256
const MAX_LATEST = 100
const NOTE_USE_MS = 10_000
const COMPLAIN_MS = 60_000
/** How often it is noted anew that an object was issued as public. */
const PUBLISH_MS = 3_600_000
/** How long an answer waits until that is noted: a disk that hangs holds nobody up. */
const WAIT_MS = 2_000
// After a commit that failed, lmdb waits for ever for it to be on the disk.
const CLOSE_MS = 2_000

/** A store in one LMDB file, which several processes may share. Whoever opens it closes it. */
export class LmdbStore implements MetainfoStore, StoreView {
  readonly #databases: Databases
  readonly #space: Space
  readonly #room: Room
  readonly #options: LmdbStoreOptions
  /** Ids that were used since it was last noted. */
  readonly #used = new Map<string, number>()
  readonly #noting: NodeJS.Timeout
  #kept: Array<StoredDigests & { readonly id: string }> = []
  #keeping: NodeJS.Timeout | undefined
  #quietUntil = 0
  /** The last write went well. */
  #isWritten = true
  /** What `latest` said last, by id: a record is long, and what is said of it does not change. */
  #latest = new Map<string, StoredTorrent>()
  #writing: Promise<unknown> = Promise.resolve()
  /** Names of publications that are being noted; that are being taken back. */
  readonly #publishing = new Map<string, Promise<unknown>>()
  readonly #unpublishing = new Set<string>()
  /** Of records that wait to be written: several may go in one transaction. */
  #waitingBytes = 0

  /** @throws what LMDB or the file system says; the file must be sound, see isSound */
  constructor (path: string, options: LmdbStoreOptions) {
    this.#options = options
    this.#databases = openDatabases(path)
    this.#room = new Room(path, this.#databases)
    this.#space = new Space(this.#databases, options.maxBytes)
    this.#movePublished()
    this.#write('count', 0, () => this.#space.recount())
    this.#noting = setInterval(() => this.#noteUse(), NOTE_USE_MS).unref()
  }

  find (identity: Identity): StoredDigests[] {
    const id = idOf(identity)
    try {
      const digests = this.#whole(id)?.digests
      const found = digests === undefined
        ? this.#parts(id, identity)
        : digests.length === digestBytesOf(identity)
          ? [{ firstPiece: 0, digests }]
          : []
      if (found.length > 0) this.#used.set(id, this.#options.now())
      return found
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the store could not be read; the object is hashed again')
      return []
    }
  }

  keep (identity: Identity, { firstPiece, digests }: StoredDigests): void {
    if (!this.#space.fits(digestBytesOf(identity))) return
    this.#kept.push({ id: idOf(identity), firstPiece, digests: Buffer.from(digests) })
    this.#keeping ??= setTimeout(() => this.#writeKept(), KEEP_MS).unref()
  }

  async finish (identity: Identity, digests: Buffer, infoHash: Buffer): Promise<void> {
    const id = idOf(identity)
    const now = this.#options.now()
    const hex = infoHash.toString('hex')
    this.#kept = this.#kept.filter((part) => part.id !== id)
    const record = encodeRecord(
      torrentKey(id), { identity, infoHash: hex, created: now } satisfies TorrentFacts, digests
    )
    if (!this.#space.fits(record.length)) {
      this.#options.log.warn(
        { identity, bytes: record.length }, 'a torrent is too large for --store-size and is not kept'
      )
    }
    this.#write('keep a torrent', record.length, () => {
      const publications = this.#databases.published.get([hex, id])
      this.#space.drop(id)
      if (!this.#space.fits(record.length)) return
      this.#databases.torrents.putSync(id, record)
      this.#databases.infoHashes.putSync([hex, id], now)
      if (publications !== undefined) this.#databases.published.putSync([hex, id], publications)
      this.#space.use(id, now, { recordBytes: record.length, infoHash: hex })
    })
    await this.#writing
  }

  identitiesOf (infoHash: Buffer): Identity[] {
    const found = this.#entries(this.#databases.infoHashes, infoHash)
    return found.sort((a, b) => b.value - a.value).slice(0, MAX_IDENTITIES).flatMap(
      ({ key }) => this.#identity(key) ?? []
    )
  }

  async publish (identity: Identity): Promise<string | undefined> {
    const id = idOf(identity)
    const { versionId } = identity
    const name = publicationOf(identity)
    const now = this.#options.now()
    try {
      const hex = this.#space.infoHashOf(id)
      if (hex === undefined) return undefined
      this.#used.set(id, now)
      if (!isNotable(versionId)) return hex
      const before = this.#unpublishing.has(name)
        ? undefined
        : notedAt(
          this.#databases.published.get([hex, id]), versionId
        )
      if (before !== undefined && now - before < PUBLISH_MS) return hex
      const noting = this.#publishing.get(name) ?? this.#notePublished(hex, identity, now)
      if (before === undefined) await Promise.race([noting, sleep(WAIT_MS, undefined, { ref: false })])
      return hex
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the store could not be read')
      return undefined
    }
  }

  unpublish (infoHash: Buffer, identity: Identity): void {
    const { published } = this.#databases
    const [id, before] = idsOf(identity)
    const name = publicationOf(identity)
    const hex = infoHash.toString('hex')
    this.#publishing.delete(name)
    this.#unpublishing.add(name)
    this.#write('note that an object is not public anymore', 0, () => {
      const left = withoutPublication(published.get([hex, id ?? '']), identity.versionId)
      if (left.length > 0) published.putSync([hex, id ?? ''], left)
      else published.removeSync([hex, id ?? ''])
      if (before !== undefined) published.removeSync([hex, before])
    })
    this.#writing.finally(() => this.#unpublishing.delete(name)).catch(() => {})
  }

  publishedOf (infoHash: Buffer): Identity[] {
    const found = this.#entries(this.#databases.published, infoHash).sort(
      (a, b) => latestOf(b.value) - latestOf(a.value)
    )
    return found.flatMap(({ key, value }) => {
      const identity = this.#identity(key)
      if (identity === undefined) this.#forgetPublished(key)
      return identity === undefined ? [] : versionsOf(identity, value)
    }).slice(0, MAX_PUBLISHED)
  }

  latest (count: number): StoredTorrent[] {
    const known = new Map<string, StoredTorrent>()
    try {
      for (const [, id] of this.#databases.byUse.getKeys({ reverse: true, limit: MAX_LATEST })) {
        if (known.size === count) break
        if (!this.#databases.torrents.doesExist(id)) continue
        const torrent = this.#latest.get(id) ?? this.#whole(id)?.facts
        if (torrent !== undefined) known.set(id, { identity: torrent.identity, infoHash: torrent.infoHash })
      }
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the store could not be read')
    }
    this.#latest = known
    return [...known.values()]
  }

  get space (): StoreSpace {
    return { used: this.#space.used, max: this.#space.budget }
  }

  async isLasting (): Promise<boolean> {
    this.#write('be written to', 0, () => {})
    await this.#writing
    return this.#isWritten
  }

  async close (): Promise<void> {
    clearInterval(this.#noting)
    this.#writeKept()
    this.#noteUse()
    await this.#writing
    const over = new AbortController() // a timer that is left over keeps a command from its end
    await Promise.race([this.#databases.root.close(), sleep(CLOSE_MS, undefined, { signal: over.signal })])
    over.abort()
    this.#room.close()
  }

  // So many as are looked at.
  #entries<V> (database: ByInfoHash<V>, infoHash: Buffer): Array<{ key: [string, string], value: V }> {
    try {
      return [...database.getRange({ ...identitiesOf(infoHash.toString('hex')), limit: MAX_LOOKED_AT })]
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the store could not be read')
      return []
    }
  }

  // Who takes it has used it.
  #identity ([hex, id]: [string, string]): Identity | undefined {
    try {
      const record = this.#databases.torrents.getBinaryFast(id)
      if (record === undefined) return undefined
      const facts = factsOf(id, record) ?? this.#whole(id)?.facts
      if (facts?.infoHash !== hex) return undefined
      this.#used.set(id, this.#options.now())
      return facts.identity
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the store could not be read')
      return undefined
    }
  }

  #notePublished (hex: string, identity: Identity, now: number): Promise<unknown> {
    const { published } = this.#databases
    const [id, name] = [idOf(identity), publicationOf(identity)]
    const { versionId } = identity
    // Of a disk that is full, nobody waits for the next try.
    if (!this.#isWritten && now < this.#quietUntil) return Promise.resolve()
    this.#write('note that an object is public', 0, () => {
      if (this.#space.infoHashOf(id) === hex) {
        published.putSync([hex, id], withPublication(published.get([hex, id]), versionId, now))
      }
    })
    const noting = this.#writing.finally(() => {
      if (this.#publishing.get(name) === noting) {
        this.#publishing.delete(name)
      }
    })
    this.#publishing.set(name, noting)
    return noting
  }

  // A version from before there was such a database forgets an object and leaves this behind.
  #forgetPublished ([hex, id]: [string, string]): void {
    this.#write('forget what is not kept anymore', 0, () => {
      if (this.#space.infoHashOf(id) !== hex) this.#databases.published.removeSync([hex, id])
    })
  }

  // Before anybody asks.
  #movePublished (): void {
    try {
      movePublished(this.#databases, this.#room)
    } catch (error) {
      this.#complain('note what is public', error)
    }
  }

  #whole (id: string): { facts: TorrentFacts, digests: Buffer } | undefined {
    const record = this.#databases.torrents.getBinaryFast(id)
    return record && this.#decode(id, torrentKey(id), record) as { facts: TorrentFacts, digests: Buffer } | undefined
  }

  #parts (id: string, identity: Identity): StoredDigests[] {
    const parts: StoredDigests[] = []
    for (const { key: [, firstPiece], value } of this.#databases.parts.getRange(partsOf(id))) {
      const digests = this.#decode(id, partKey(id, firstPiece), value)?.digests
      if (digests !== undefined && firstPiece * 20 + digests.length <= digestBytesOf(identity)) {
        parts.push({ firstPiece, digests })
      }
    }
    return parts
  }

  #decode (id: string, key: Buffer, record: Uint8Array): ReturnType<typeof decodeRecord> | undefined {
    try {
      return decodeRecord(key, record)
    } catch (error) {
      this.#options.log.warn({ err: error, id }, 'a damaged record is dropped; the object is hashed again')
      this.#write('drop a damaged record', 0, () => this.#space.drop(id))
      return undefined
    }
  }

  // Together: a transaction costs more than what is in it.
  #writeKept (): void {
    clearTimeout(this.#keeping)
    this.#keeping = undefined
    const kept = this.#kept.splice(0)
    if (kept.length === 0) return
    this.#write('keep parts', kept.reduce((sum, { digests }) => sum + digests.length, 0), () => {
      const now = this.#options.now()
      for (const { id, firstPiece, digests } of kept) {
        const record = encodeRecord(partKey(id, firstPiece), {}, digests)
        this.#databases.parts.putSync([id, firstPiece], record)
        this.#space.use(id, now, { recordBytes: record.length })
      }
    })
  }

  // A full disk stays full for a while.
  #complain (what: string, error: unknown): void {
    const now = this.#options.now()
    if (now < this.#quietUntil) return
    this.#quietUntil = now + COMPLAIN_MS
    this.#options.log.warn({ err: error }, `the store could not ${what}; object-torrent goes on without`)
  }

  #noteUse (): void {
    if (this.#used.size > 0) this.#write('note what was used', 0, () => {})
  }

  // What was used is noted first: what goes is decided by it. A full disk, a limit, a lock: what cannot be written is
  // not known later, and nothing else is wrong.
  #write (what: string, recordBytes: number, action: () => void): void {
    const used = [...this.#used]
    this.#used.clear()
    this.#waitingBytes += recordBytes
    const written = this.#databases.root.transaction(() => {
      this.#room.reserve(this.#waitingBytes)
      for (const [id, now] of used) this.#space.use(id, now)
      action()
    }).then(() => { this.#isWritten = true }, async (error: unknown) => {
      this.#isWritten = false
      this.#complain(what, await causeOf(error))
    }).finally(() => { this.#waitingBytes -= recordBytes })
    const before = this.#writing
    this.#writing = written.then(() => before)
  }
}

// A commit that failed tells why in a promise, which ends the process unless somebody takes it.
async function causeOf (error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> }
  return commitError === undefined
    ? error
    : Promise.race([commitError, Promise.reject(error)]).catch(
      (cause: unknown) => cause
    )
}

// An identity proves itself by its id: the digests behind it, which may be megabytes, are not read.
function factsOf (id: string, record: Uint8Array): TorrentFacts | undefined {
  try {
    const facts = readFacts(record) as TorrentFacts
    return idsOf(facts.identity).includes(id) ? facts : undefined
  } catch {
    return undefined // of a damaged record, who decodes it says so
  }
}
