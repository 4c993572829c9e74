/** Who may be unchoked. */
export interface Unchokable {
  unchoke (): void
  choke (): void
}

const ROTATE_MS = 30_000

/**
 * So many peers are unchoked at once; while others wait, whoever has had a slot the longest gives it up. Whoever makes
 * it closes it.
 */
export class UploadSlots {
  readonly #slots: number
  /** In the order in which they got their slots. */
  readonly #unchoked = new Set<Unchokable>()
  readonly #waiting = new Set<Unchokable>()
  readonly #rotating: NodeJS.Timeout

  constructor (slots: number) {
    this.#slots = slots
    this.#rotating = setInterval(() => this.#rotate(), ROTATE_MS).unref()
  }

  request (peer: Unchokable): void {
    if (this.#unchoked.has(peer) || this.#waiting.has(peer)) return
    this.#waiting.add(peer)
    this.#fill()
  }

  release (peer: Unchokable): void {
    this.#waiting.delete(peer)
    if (!this.#unchoked.delete(peer)) return
    peer.choke()
    this.#fill()
  }

  close (): void {
    clearInterval(this.#rotating)
  }

  #rotate (): void {
    for (const peer of [...this.#unchoked].slice(0, this.#waiting.size)) {
      this.release(peer)
      this.request(peer)
    }
  }

  #fill (): void {
    for (const peer of this.#waiting) {
      if (this.#unchoked.size >= this.#slots) return
      this.#waiting.delete(peer)
      this.#unchoked.add(peer)
      peer.unchoke()
    }
  }
}
