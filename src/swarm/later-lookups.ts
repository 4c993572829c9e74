import type { InfoHash } from '../torrent/info-hash.js'

/** Info hashes that are looked for at once, and that wait. */
const LOOKERS = 8
const MAX_WAITING = 10_000
const LOOK_MS = 100

/**
 * What is looked for behind the answers. Nobody waits for it, and it begins at any time after the answer: whoever
 * measures the next answer learns nothing from it. Whoever makes it closes it.
 */
export class LaterLookups {
  readonly #lookFor: (infoHash: InfoHash) => Promise<void>
  /** Both by info hash in hexadecimal digits. */
  readonly #waiting = new Map<string, InfoHash>()
  readonly #running = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor (lookFor: (infoHash: InfoHash) => Promise<void>) {
    this.#lookFor = lookFor
  }

  /** Looks for it later, once however often it is added. Where too many wait it is left out: the next announce asks. */
  add (infoHash: InfoHash): void {
    const { hex } = infoHash
    if (this.#running.has(hex) || this.#waiting.size >= MAX_WAITING || this.#isClosed) return
    this.#waiting.set(hex, infoHash)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      while (this.#running.size < LOOKERS && this.#waiting.size > 0) this.#run().catch(() => {})
    }, Math.random() * LOOK_MS).unref()
  }

  close (): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#waiting.clear()
  }

  async #run (): Promise<void> {
    for (const [hex, infoHash] of this.#waiting) {
      this.#waiting.delete(hex)
      this.#running.add(hex)
      try {
        await new Promise((resolve) => { setImmediate(resolve) }) // others are served between two
        await this.#lookFor(infoHash)
      } finally {
        this.#running.delete(hex)
      }
    }
  }
}
