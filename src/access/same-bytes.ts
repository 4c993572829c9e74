import { areSame, idOf } from '../torrent/identity.js'
import type { Identity } from '../torrent/identity.js'
import type { PieceDigests } from '../torrent/piece-digests.js'
import type { DigestStore } from '../store/digest-store.js'

const MAX_KNOWN = 1_000

/**
 * Which versions of an object have the same bytes, by the digests that are kept of them: only what was hashed twice, to
 * the same digests.
 */
export class SameBytes {
  readonly #store: Pick<DigestStore, 'get'>
  /** What is so stays so; oldest first. */
  readonly #known = new Map<string, boolean>()

  constructor (store: Pick<DigestStore, 'get'>) {
    this.#store = store
  }

  /** False also where one of them is not hashed, or not anymore. */
  async are (a: Identity, b: Identity): Promise<boolean> {
    if (areSame(a, b)) return true
    if (a.size !== b.size || a.pieceLength !== b.pieceLength) return false
    const pair = `${idOf(a)} ${idOf(b)}`
    const known = this.#known.get(pair)
    if (known !== undefined) return known
    // `b` first: whoever makes pins up names versions that are not there.
    const second = await this.#digestsOf(b)
    const first = second && await this.#digestsOf(a)
    if (first === undefined || second === undefined) return false
    if (this.#known.size >= MAX_KNOWN) this.#known.delete(this.#known.keys().next().value ?? '')
    const same = first.equals(second)
    this.#known.set(pair, same)
    return same
  }

  async #digestsOf (identity: Identity): Promise<PieceDigests | undefined> {
    const kept = await this.#store.get(identity)
    return kept.is === 'whole' ? kept.digests : undefined
  }
}
