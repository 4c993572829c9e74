import type { Published } from '../operations/published.js'
import type { ObjectAddress, Origin } from '../origin/origin.js'
import type { Identity, MetainfoStore } from '../store/metainfo-store.js'

/** A torrent that was issued, of an object that everybody may read. */
export interface PublicTorrent {
  readonly identity: Identity
  readonly object: ObjectAddress
}

export interface PublicTorrentsParts {
  readonly origin: Origin
  readonly published: Published
  readonly store: MetainfoStore
}

interface Verdict {
  readonly torrent: PublicTorrent | undefined
  /** performance.now(). */
  readonly until: number
}

/** It could not be found out now. */
export class CannotTell extends Error {
  override name = 'CannotTell'
}

/** How long an object that has become private may still be in a swarm. */
const PUBLIC_MS = 30_000
/** How long one that has become public may still be refused. */
const REFUSED_MS = 2_000
const ASK_MS = 10_000
const MAX_VERDICTS = 10_000
const MAX_QUESTIONS = 256

/** Which info hashes are in the swarm: those of torrents that this server issued, while everybody may read the object. */
export class PublicTorrents {
  readonly #parts: PublicTorrentsParts
  /** By info hash in hexadecimal digits, oldest first; only of what the store knows, so that strangers leave nothing. */
  readonly #verdicts = new Map<string, Verdict>()
  readonly #questions = new Map<string, Promise<PublicTorrent | undefined>>()

  constructor (parts: PublicTorrentsParts) {
    this.#parts = parts
  }

  /** The torrent with this info hash (20 bytes); undefined where there is none for everybody. At most half a minute old. @throws CannotTell */
  async find (infoHash: Buffer): Promise<PublicTorrent | undefined> {
    const hex = infoHash.toString('hex')
    const verdict = this.#verdicts.get(hex)
    if (verdict !== undefined && performance.now() < verdict.until) return verdict.torrent
    const asked = this.#questions.get(hex)
    if (asked !== undefined) return asked
    const identities = this.#parts.store.identitiesOf(infoHash).filter(({ origin }) => origin === this.#parts.origin.name)
    if (identities.length === 0) return undefined
    if (this.#questions.size >= MAX_QUESTIONS) throw new CannotTell('too many objects are being asked for')
    const question = this.#ask(hex, identities).finally(() => this.#questions.delete(hex))
    this.#questions.set(hex, question)
    return question
  }

  /** Whether everybody may read it, as the last answer said, however old; undefined: nobody has asked. @param infoHash in hexadecimal digits */
  wasPublic (infoHash: string): boolean | undefined {
    const verdict = this.#verdicts.get(infoHash)
    return verdict && verdict.torrent !== undefined
  }

  async #ask (hex: string, identities: readonly Identity[]): Promise<PublicTorrent | undefined> {
    const asked = performance.now()
    const torrent = await this.#firstPublic(identities)
    const until = asked + (torrent === undefined ? REFUSED_MS : PUBLIC_MS)
    this.#verdicts.delete(hex)
    this.#verdicts.set(hex, { torrent, until })
    if (this.#verdicts.size > MAX_VERDICTS) this.#verdicts.delete(this.#verdicts.keys().next().value ?? '')
    return torrent
  }

  async #firstPublic (identities: readonly Identity[]): Promise<PublicTorrent | undefined> {
    const { origin, published } = this.#parts
    const signal = AbortSignal.timeout(ASK_MS)
    let failure: unknown
    for (const identity of identities) {
      const { bucket, key, versionId, etag, size } = identity
      const object = { bucket, key, ...(versionId !== undefined && { versionId }) }
      try {
        const head = await published.publicHead(origin, object, signal)
        if (head?.etag === etag && head.size === size) return { identity, object }
      } catch (error) {
        failure = error
      }
    }
    if (failure !== undefined) throw new CannotTell('the origin could not be asked', { cause: failure })
    return undefined
  }
}
