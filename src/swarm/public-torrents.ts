import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Published } from '../access/published.js'
import type { SameBytes } from '../access/same-bytes.js'
import type { Origin } from '../objects/origin.js'
import { areSame, publicationOf } from '../torrent/identity.js'
import { MAX_PUBLISHED } from '../store/digest-store.js'
import type { Identity } from '../torrent/identity.js'
import type { IssuedTorrent } from '../torrent/issued-torrent.js'
import type { MetainfoStore } from '../store/digest-store.js'

/** A torrent that was issued, of an object that everybody may read. */
export type PublicTorrent = IssuedTorrent

export interface PublicTorrentsParts {
  readonly origin: Origin
  readonly published: Published
  readonly store: MetainfoStore
  readonly sameBytes: SameBytes
  /** Milliseconds before a question that nobody waits for, at most. */
  readonly pauseMs?: number
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
/** Of those with one info hash: after the first. */
const ASKED_AT_ONCE = 8
const MAX_VERDICTS = 10_000
/** Of many answers in a row, one is noted. */
const LATELY_MS = 1_000
const MAX_LATELY = 1_000
const MAX_QUESTIONS = 256
/** What is looked for behind the answers: at once, and waiting. */
const LOOKERS = 8
const MAX_WAITING = 10_000
const LOOK_MS = 100
// What an origin refuses costs several milliseconds, which a stranger could see in how late others are answered.
const PAUSE_MS = 5_000

/**
 * Which info hashes are in the swarm: those of torrents that this server issued to everybody, while everybody may read
 * the object. Of any other one it says so at once, whether or not there is a private object behind it: neither words
 * nor time tell.
 */
export class PublicTorrents {
  readonly #parts: PublicTorrentsParts
  /**
   * By info hash in hexadecimal digits, oldest first; only of what the store knows, so that strangers leave nothing.
   */
  readonly #verdicts = new Map<string, Verdict>()
  readonly #questions = new Map<string, Promise<PublicTorrent | undefined>>()
  /** Info hashes that are to be looked for among private objects; that are being looked for. */
  readonly #waiting = new Set<string>()
  readonly #lookedFor = new Set<string>()
  /** Names of what was issued a moment ago, and when (performance.now()). */
  readonly #lately = new Map<string, number>()
  readonly #closing = new AbortController()
  #looking: NodeJS.Timeout | undefined

  constructor (parts: PublicTorrentsParts) {
    this.#parts = parts
    setMaxListeners(0, this.#closing.signal) // each looker has one
  }

  /**
   * The torrent with this info hash (20 bytes); undefined where none was issued to everybody, or not everybody may read
   * the object anymore. At most half a minute old.
   * @throws CannotTell only of what was public when it was last asked for
   */
  async find (infoHash: Buffer): Promise<PublicTorrent | undefined> {
    const hex = infoHash.toString('hex')
    const verdict = this.#verdicts.get(hex)
    if (verdict !== undefined && performance.now() < verdict.until) return verdict.torrent
    const asked = this.#questions.get(hex)
    if (asked !== undefined) return asked
    const identities = this.#published(infoHash, verdict?.torrent?.identity)
    if (identities.length === 0) {
      this.#lookLater(hex)
      return undefined
    }
    if (this.#questions.size >= MAX_QUESTIONS) throw new CannotTell('too many objects are being asked for')
    const question = this.#ask(infoHash, hex, identities).finally(() => this.#questions.delete(hex))
    this.#questions.set(hex, question)
    return question
  }

  /** Notes that everybody was just answered this torrent. */
  async issued (torrent: PublicTorrent): Promise<void> {
    const name = publicationOf(torrent.identity)
    if (performance.now() - (this.#lately.get(name) ?? -Infinity) < LATELY_MS) return
    const hex = await this.#parts.store.publish(torrent.identity)
    if (hex === undefined) return
    if (this.#lately.size >= MAX_LATELY) this.#lately.clear()
    this.#lately.set(name, performance.now())
    const last = this.#verdicts.get(hex)?.torrent
    // Of several objects the first one stays, as long as it is public: nobody puts another in its place.
    if (last === undefined || areSame(last.identity, torrent.identity)) {
      this.#note(hex, torrent, performance.now() + PUBLIC_MS)
    }
  }

  /**
   * Whether everybody may read it, as the last answer said, however old; undefined: nobody has asked.
   * @param infoHash in hexadecimal digits
   */
  wasPublic (infoHash: string): boolean | undefined {
    const verdict = this.#verdicts.get(infoHash)
    return verdict && verdict.torrent !== undefined
  }

  close (): void {
    clearTimeout(this.#looking)
    this.#waiting.clear()
    this.#closing.abort(new Error('the server ends'))
  }

  // The one that was public last comes first.
  #published (infoHash: Buffer, last: Identity | undefined): Identity[] {
    const published = this.#ours(this.#parts.store.publishedOf(infoHash))
    if (last === undefined) return published
    return [last, ...published.filter((identity) => !areSame(identity, last))]
  }

  #ours (identities: readonly Identity[]): Identity[] {
    return identities.filter(({ origin }) => origin === this.#parts.origin.name)
  }

  async #ask (infoHash: Buffer, hex: string, identities: readonly Identity[]): Promise<PublicTorrent | undefined> {
    const { store } = this.#parts
    const asked = performance.now()
    const { torrent, refused, failure } = await this.#firstPublic(identities)
    for (const identity of refused) this.#unpublish(infoHash, identity)
    const { torrent: meanwhile, until = 0 } = this.#verdicts.get(hex) ?? {}
    if (meanwhile !== undefined && until > asked + PUBLIC_MS) return meanwhile // it was issued while it was asked for
    if (torrent !== undefined) {
      this.#note(hex, torrent, asked + PUBLIC_MS)
      store.publish(torrent.identity).catch(() => {}) // it is used, and may have been forgotten
      return torrent
    }
    if (failure === undefined && identities.length < MAX_PUBLISHED) {
      this.#note(hex, undefined, asked + REFUSED_MS)
      return undefined
    }
    // The others are still in the store.
    if (refused.some((identity) => identity === meanwhile?.identity)) this.#verdicts.delete(hex)
    throw new CannotTell('the origin could not be asked', { cause: failure })
  }

  #unpublish (infoHash: Buffer, identity: Identity): void {
    this.#lately.delete(publicationOf(identity))
    this.#parts.store.unpublish(infoHash, identity)
  }

  #note (hex: string, torrent: PublicTorrent | undefined, until: number): void {
    this.#verdicts.delete(hex)
    this.#verdicts.set(hex, { torrent, until })
    if (this.#verdicts.size > MAX_VERDICTS) this.#verdicts.delete(this.#verdicts.keys().next().value ?? '')
  }

  async #firstPublic (identities: readonly Identity[]): Promise<{
    torrent: PublicTorrent | undefined
    refused: Identity[]
    failure: unknown
  }> {
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(ASK_MS)])
    setMaxListeners(0, signal) // each question has several
    const refused: Identity[] = []
    let failure: unknown
    for (let next = 0, count = 1; next < identities.length && !signal.aborted; next += count, count = ASKED_AT_ONCE) {
      const some = identities.slice(next, next + count)
      const answers = await Promise.allSettled(some.map((identity) => this.#asIfPublic(identity, signal)))
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

  async #asIfPublic (identity: Identity, signal: AbortSignal): Promise<PublicTorrent | undefined> {
    const { origin, published } = this.#parts
    const { bucket, key, versionId, etag, size } = identity
    const object = { bucket, key, ...(versionId !== undefined && { versionId }) }
    const head = await published.publicHead(origin, object, signal)
    if (head === undefined || head.size !== size) return undefined
    // Another ETag, and the same info hash once that version was hashed: a file that was copied back, or given to
    // somebody else.
    const current = head.etag === etag ? identity : { ...identity, etag: head.etag }
    return this.#parts.sameBytes.are(current, identity) ? { identity: current, object } : undefined
  }

  // Nobody waits for it, and it begins at any time after the answer: who measures the next answer learns nothing from
  // it.
  #lookLater (hex: string): void {
    if (this.#lookedFor.has(hex) || this.#waiting.size >= MAX_WAITING || this.#closing.signal.aborted) return
    this.#waiting.add(hex)
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined
      // The next announce asks again.
      while (this.#lookedFor.size < LOOKERS && this.#waiting.size > 0) this.#look().catch(() => {})
    }, Math.random() * LOOK_MS).unref()
  }

  async #look (): Promise<void> {
    for (const hex of this.#waiting) {
      this.#waiting.delete(hex)
      this.#lookedFor.add(hex)
      try {
        await new Promise((resolve) => { setImmediate(resolve) }) // others are served between two
        await this.#lookFor(hex)
      } finally {
        this.#lookedFor.delete(hex)
      }
    }
  }

  async #lookFor (hex: string): Promise<void> {
    const identities = this.#ours(this.#parts.store.identitiesOf(Buffer.from(hex, 'hex')))
    if (identities.length === 0) return
    let isSure = true
    for (const identity of identities) {
      await sleep(Math.random() * (this.#parts.pauseMs ?? PAUSE_MS), undefined, {
        signal: this.#closing.signal, ref: false
      })
      const { versionId, ...current } = identity
      // Its digests may have been asked for by the id of what is current.
      const { torrent, failure } = await this.#firstPublic(versionId === undefined ? [identity] : [identity, current])
      if (torrent !== undefined) return this.issued(torrent)
      if (failure !== undefined) isSure = false
    }
    if (isSure && this.#verdicts.get(hex)?.torrent === undefined) {
      this.#note(hex, undefined, performance.now() + REFUSED_MS)
    }
  }
}
