import type { DigestStore, KeptDigests } from '../store/digest-store.js'
import { idOf, twinOf } from '../torrent/identity.js'
import type { Identity } from '../torrent/identity.js'
import { PieceDigests } from '../torrent/piece-digests.js'
import type { Cut } from '../torrent/piece-digests.js'
import { AskedOnce } from '../util/asked-once.js'

/** Less is quicker read again. */
const MIN_SHARED_BYTES = 64 * 1024

/**
 * What a store knows, asked once for all who come meanwhile; and the digests of a large object (20 MB of one of 5 GB in
 * pieces of 16 KiB) are in memory once for all who are still being answered with them.
 */
export class KnownDigests {
  readonly #asked = new AskedOnce<KeptDigests>()
  readonly #shared = new Map<string, WeakRef<PieceDigests>>()
  readonly #forgotten = new FinalizationRegistry((id: string) => {
    if (this.#shared.get(id)?.deref() === undefined) this.#shared.delete(id)
  })

  /** What is kept of a part of torrents, also as its twin: then nothing but its last piece is left to read. */
  async getPart (store: DigestStore, identity: Identity): Promise<KeptDigests> {
    const kept = await this.get(store, identity)
    const twin = kept.is === 'whole' || kept.runs.length > 0 ? undefined : twinOf(identity)
    return twin === undefined ? kept : withoutLast(await this.get(store, twin), identity)
  }

  async get (store: DigestStore, identity: Identity): Promise<KeptDigests> {
    const id = idOf(identity)
    const digests = this.#shared.get(id)?.deref()
    if (digests !== undefined) return { is: 'whole', digests }
    const kept = await this.#asked.ask(id, () => store.get(identity))
    if (kept.is === 'whole' && kept.digests.bytes.length >= MIN_SHARED_BYTES) this.#share(id, kept.digests)
    return kept
  }

  #share (id: string, digests: PieceDigests): void {
    if (this.#shared.get(id)?.deref() === digests) return
    this.#shared.set(id, new WeakRef(digests))
    this.#forgotten.register(digests, id)
  }
}

function withoutLast (kept: KeptDigests, cut: Cut): KeptDigests {
  const end = PieceDigests.piecesOf(cut) - 1
  const runs = kept.is === 'whole' ? [{ firstPiece: 0, digests: kept.digests }] : kept.runs
  return {
    is: 'runs',
    runs: runs.filter(({ firstPiece }) => firstPiece < end).map(
      ({ firstPiece, digests }) => ({ firstPiece, digests: digests.slice(0, end - firstPiece) })
    )
  }
}
