import { setTimeout as sleep } from 'node:timers/promises'
import { idOf, idsOf, publicationOf } from '../../torrent/identity.js'
import type { Identity } from '../../torrent/identity.js'
import { InfoHash } from '../../torrent/info-hash.js'
import { MAX_IDENTITIES, MAX_PUBLISHED } from '../publications.js'
import type { Publications } from '../publications.js'
import { isNotable, latestOf, notedAt, versionsOf, withPublication, withoutPublication } from '../published-versions.js'
import type { Databases } from './databases.js'
import type { Reader } from './reader.js'
import type { UsageIndex } from './usage-index.js'
import type { Writer } from './writer.js'

export interface LmdbPublicationsParts {
  readonly databases: Databases
  readonly reader: Reader
  readonly usage: UsageIndex
  readonly writer: Writer
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How often it is noted anew that an object was issued as public. */
const PUBLISH_MS = 3_600_000
/** How long an answer waits until that is noted: a disk that hangs holds nobody up. */
const WAIT_MS = 2_000

/** The info hashes of a store's file. */
export class LmdbPublications implements Publications {
  readonly #parts: LmdbPublicationsParts
  /** By name: publications that are being noted. */
  readonly #publishing = new Map<string, Promise<unknown>>()
  /** By name: how many times a publication is just being taken back. */
  readonly #unpublishing = new Map<string, number>()

  constructor (parts: LmdbPublicationsParts) {
    this.#parts = parts
  }

  async publish (identity: Identity): Promise<readonly InfoHash[]> {
    const { databases, reader, usage, writer } = this.#parts
    const id = idOf(identity)
    const { versionId } = identity
    const now = this.#parts.now()
    const known = reader.attempt(() => {
      const hexes = usage.infoHashesOf(id)
      const isUnpublished = this.#unpublishing.has(publicationOf(identity))
      const noted = hexes.map((hex) => isUnpublished
        ? undefined
        : notedAt(databases.published.get([hex, id]), versionId))
      return { infoHashes: hexes.map((hex) => InfoHash.ofHex(hex)), noted }
    }, undefined)
    if (known === undefined || known.infoHashes.length === 0) return []
    writer.use(id)
    const { infoHashes, noted } = known
    if (!isNotable(versionId) || noted.every((at) => at !== undefined && now - at < PUBLISH_MS)) return infoHashes
    const noting = this.#publishing.get(publicationOf(identity)) ?? this.#note(infoHashes, identity, now)
    const isNew = noted.some((at) => at === undefined)
    if (isNew) await Promise.race([noting, sleep(WAIT_MS, undefined, { ref: false })])
    return infoHashes
  }

  async unpublish (infoHash: InfoHash, identity: Identity): Promise<void> {
    const { databases: { published }, usage, writer } = this.#parts
    const [id = '', before] = idsOf(identity)
    const name = publicationOf(identity)
    this.#publishing.delete(name)
    this.#unpublishing.set(name, (this.#unpublishing.get(name) ?? 0) + 1)
    writer.write('note that an object is not public anymore', 0, () => {
      for (const hex of new Set([infoHash.hex, ...usage.infoHashesOf(id)])) {
        const left = withoutPublication(published.get([hex, id]), identity.versionId)
        if (left.length > 0) published.putSync([hex, id], left)
        else published.removeSync([hex, id])
        if (before !== undefined) published.removeSync([hex, before])
      }
    }).finally(() => {
      const others = (this.#unpublishing.get(name) ?? 1) - 1
      if (others > 0) this.#unpublishing.set(name, others)
      else this.#unpublishing.delete(name)
    }).catch(() => {})
  }

  async publishedOf (infoHash: InfoHash): Promise<readonly Identity[]> {
    const { databases, reader } = this.#parts
    const found = reader.entries(databases.published, infoHash).sort((a, b) => latestOf(b.value) - latestOf(a.value))
    return found.flatMap(({ id, value }) => {
      const identity = reader.identity(id, infoHash)
      if (identity === undefined) this.#forget(infoHash, id)
      return identity === undefined ? [] : versionsOf(identity, value)
    }).slice(0, MAX_PUBLISHED)
  }

  async identitiesOf (infoHash: InfoHash): Promise<readonly Identity[]> {
    const { databases, reader } = this.#parts
    const found = reader.entries(databases.infoHashes, infoHash).sort((a, b) => b.value - a.value)
    return found.slice(0, MAX_IDENTITIES).flatMap(({ id }) => reader.identity(id, infoHash) ?? [])
  }

  #note (infoHashes: readonly InfoHash[], identity: Identity, now: number): Promise<unknown> {
    const { databases: { published }, usage, writer } = this.#parts
    if (writer.isFailing) return Promise.resolve() // nobody waits for the next try
    const [id, name] = [idOf(identity), publicationOf(identity)]
    const noting = writer.write('note that an object is public', 0, () => {
      const kept = usage.infoHashesOf(id)
      for (const { hex } of infoHashes) {
        if (!kept.includes(hex)) continue
        published.putSync([hex, id], withPublication(published.get([hex, id]), identity.versionId, now))
      }
    }).finally(() => {
      if (this.#publishing.get(name) === noting) this.#publishing.delete(name)
    })
    this.#publishing.set(name, noting)
    return noting
  }

  // A version from before there was such a database forgets an object and leaves this behind.
  #forget ({ hex }: InfoHash, id: string): void {
    const { databases, usage, writer } = this.#parts
    writer.write('forget what is not kept anymore', 0, () => {
      if (!usage.infoHashesOf(id).includes(hex)) databases.published.removeSync([hex, id])
    }).catch(() => {})
  }
}
