import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { PUBLIC_MS } from '../access/limits.js'
import { MAX_PUBLISHED } from '../store/publications.js'
import type { Publications } from '../store/publications.js'
import { areSame, publicationOf } from '../torrent/identity.js'
import type { Identity } from '../torrent/identity.js'
import type { IssuedTorrent } from '../torrent/issued-torrent.js'
import type { InfoHash } from '../torrent/info-hash.js'
import { AskedOnce } from '../util/asked-once.js'
import { firstPublic } from './first-public.js'
import type { FirstPublicParts } from './first-public.js'
import { LaterLookups } from './later-lookups.js'
import { OnceLately } from './once-lately.js'
import { Verdicts } from './verdicts.js'

/** A torrent that was issued, of an object that everybody may read. */
export type PublicTorrent = IssuedTorrent

export interface PublicTorrentsParts extends FirstPublicParts {
  readonly store: Publications
  /** Milliseconds before a question that nobody waits for, at most. */
  readonly pauseMs?: number
}

/** It could not be found out now. */
export class CannotTell extends Error {
  override name = 'CannotTell'
}

/** How long one that has become public may still be refused. */
const REFUSED_MS = 2_000
/** Info hashes that are asked for at the same time, and those of them that the origin is asked for. */
const MAX_QUESTIONS = 10_000
const MAX_ASKING = 256
// What an origin refuses costs several milliseconds, which a stranger could see in how late others are answered.
const PAUSE_MS = 5_000

/**
 * Which info hashes are in the swarm: those of torrents that this server issued to everybody, while everybody may read
 * the object. Of any other one it says so at once, whether or not there is a private object behind it: neither words
 * nor time tell.
 */
export class PublicTorrents {
  readonly #parts: PublicTorrentsParts
  readonly #verdicts = new Verdicts()
  /** By info hash: what store and origin are just being asked for. */
  readonly #questions = new AskedOnce<PublicTorrent | undefined>()
  #asking = 0
  readonly #issuing = new OnceLately()
  readonly #lookups = new LaterLookups((infoHash) => this.#lookFor(infoHash))
  readonly #closing = new AbortController()

  constructor (parts: PublicTorrentsParts) {
    this.#parts = parts
    setMaxListeners(0, this.#closing.signal) // each looker has one
  }

  /**
   * The torrent with this info hash (BEP 3); undefined where none was issued to everybody, or not everybody may read
   * the object anymore. At most half a minute old. Asked once, however many ask at the same time.
   * @throws CannotTell only of what was public when it was last asked for, or where too much is asked for
   */
  async find (infoHash: InfoHash): Promise<PublicTorrent | undefined> {
    const verdict = this.#verdicts.fresh(infoHash)
    if (verdict !== undefined) return verdict.torrent
    return this.#questions.ask(infoHash.hex, () => this.#find(infoHash))
  }

  /**
   * Notes that everybody was just answered this torrent; once, however many answers end at the same time.
   * @param publicAsOf when the origin was asked whether everybody may read the object, performance.now()
   */
  issued (torrent: PublicTorrent, publicAsOf: number): Promise<void> {
    return this.#issuing.do(publicationOf(torrent.identity), () => this.#noteIssued(torrent, publicAsOf))
  }

  /** Whether everybody may read it, as the last answer said, however old; undefined: nobody has asked. */
  wasPublic (infoHash: InfoHash): boolean | undefined {
    const verdict = this.#verdicts.last(infoHash)
    return verdict && verdict.torrent !== undefined
  }

  close (): void {
    this.#lookups.close()
    this.#closing.abort(new Error('the server ends'))
  }

  async #noteIssued (torrent: PublicTorrent, publicAsOf: number): Promise<boolean> {
    const infoHashes = await this.#parts.store.publish(torrent.identity)
    for (const infoHash of infoHashes) {
      const { torrent: last, until = 0 } = this.#verdicts.last(infoHash) ?? {}
      if (publicAsOf < until - (last === undefined ? REFUSED_MS : PUBLIC_MS)) continue // what is known is newer
      // Of several objects the first one stays, as long as it is public: nobody puts another in its place.
      if (last === undefined || areSame(last.identity, torrent.identity)) {
        this.#verdicts.note(infoHash, torrent, publicAsOf + PUBLIC_MS)
      }
    }
    return infoHashes.length > 0
  }

  async #find (infoHash: InfoHash): Promise<PublicTorrent | undefined> {
    if (this.#questions.size >= MAX_QUESTIONS) throw new CannotTell('too many info hashes are being asked for')
    const asked = performance.now()
    const last = this.#verdicts.last(infoHash)?.torrent
    const published = this.#ours(await this.#parts.store.publishedOf(infoHash))
    const meanwhile = this.#verdicts.fresh(infoHash)
    if (meanwhile !== undefined) return meanwhile.torrent // it was issued while the store was asked
    // The one that was public last comes first.
    const identities = last === undefined
      ? published
      : [last.identity, ...published.filter((identity) => !areSame(identity, last.identity))]
    if (identities.length === 0) {
      this.#lookups.add(infoHash)
      return undefined
    }
    if (this.#asking >= MAX_ASKING) throw new CannotTell('too many objects are being asked for')
    this.#asking++
    try {
      return await this.#ask(infoHash, identities, asked)
    } finally {
      this.#asking--
    }
  }

  async #ask (
    infoHash: InfoHash, identities: readonly Identity[], asked: number
  ): Promise<PublicTorrent | undefined> {
    const { torrent, refused, failure } = await firstPublic(this.#parts, identities, this.#closing.signal)
    for (const identity of refused) {
      this.#issuing.undo(publicationOf(identity))
      this.#parts.store.unpublish(infoHash, identity).catch(() => {})
    }
    const { torrent: meanwhile, until = 0 } = this.#verdicts.last(infoHash) ?? {}
    if (meanwhile !== undefined && until > asked + PUBLIC_MS) return meanwhile // it was issued while it was asked for
    if (torrent !== undefined) {
      this.#verdicts.note(infoHash, torrent, asked + PUBLIC_MS)
      this.#parts.store.publish(torrent.identity).catch(() => {}) // it is used, and may have been forgotten
      return torrent
    }
    if (failure === undefined && identities.length < MAX_PUBLISHED) {
      this.#verdicts.note(infoHash, undefined, asked + REFUSED_MS)
      return undefined
    }
    // The others are still in the store.
    if (refused.some((identity) => identity === meanwhile?.identity)) this.#verdicts.forget(infoHash)
    throw new CannotTell('the origin could not be asked', { cause: failure })
  }

  async #lookFor (infoHash: InfoHash): Promise<void> {
    const identities = this.#ours(await this.#parts.store.identitiesOf(infoHash))
    if (identities.length === 0) return
    const { signal } = this.#closing
    let isSure = true
    for (const identity of identities) {
      await sleep(Math.random() * (this.#parts.pauseMs ?? PAUSE_MS), undefined, { signal, ref: false })
      const { versionId, ...current } = identity
      const asked = performance.now()
      // Its digests may have been asked for by the id of what is current.
      const { torrent, failure } = await firstPublic(
        this.#parts, versionId === undefined ? [identity] : [identity, current], signal
      )
      if (torrent !== undefined) return this.issued(torrent, asked)
      if (failure !== undefined) isSure = false
    }
    if (isSure && this.#verdicts.last(infoHash)?.torrent === undefined) {
      this.#verdicts.note(infoHash, undefined, performance.now() + REFUSED_MS)
    }
  }

  #ours (identities: readonly Identity[]): Identity[] {
    return identities.filter(({ origin }) => origin === this.#parts.origin.name)
  }
}
