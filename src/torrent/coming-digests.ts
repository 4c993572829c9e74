import { pieceDigestBytes } from './meta-version.js'
import { PieceDigests } from './piece-digests.js'
import { TorrentDigests } from './torrent-digests.js'
import type { DigestedLayout } from './torrent-digests.js'
import type { MetaVersion } from './meta-version.js'

/** The digests of a torrent's pieces, which come in order. */
export class ComingDigests {
  readonly digests: TorrentDigests
  readonly #torrent: DigestedLayout
  readonly #runs: AsyncGenerator<PieceDigests>
  readonly #all: Buffer
  readonly #step: number
  #filled = 0
  #ended = false

  constructor (torrent: DigestedLayout & { readonly metaVersion: MetaVersion }, runs: AsyncGenerator<PieceDigests>) {
    const { layout: { size }, pieceLength, metaVersion } = torrent
    this.#torrent = torrent
    this.#runs = runs
    this.#step = pieceDigestBytes(metaVersion)
    this.#all = Buffer.alloc(PieceDigests.bytesOf({ size, pieceLength, metaVersion }))
    this.digests = new TorrentDigests(torrent, PieceDigests.of(this.#all, metaVersion)) // of those that are there
  }

  /** Resolves when all of a file are there. @throws as the runs */
  async fileIsThere (file: number): Promise<void> {
    const { layout: { files }, pieceLength } = this.#torrent
    const { offset = 0, length = 0 } = files[file] ?? {}
    const last = Math.ceil((offset + length) / pieceLength)
    while (!this.#ended && this.#filled < last * this.#step) await this.#more()
  }

  /** Resolves when all are there, and the runs have ended. @throws as the runs */
  async allAreThere (): Promise<void> {
    while (!this.#ended) await this.#more()
  }

  async #more (): Promise<void> {
    const run = await this.#runs.next()
    if (run.done === true) {
      this.#ended = true
      return
    }
    this.#all.set(run.value.bytes, this.#filled)
    this.#filled += run.value.bytes.length
  }
}
