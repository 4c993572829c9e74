import type { Chunk } from './chunk.js'
import type { HeldChunk } from './held-chunk.js'

interface Waiting {
  readonly resolve: (chunk: Chunk) => void
  readonly reject: (error: unknown) => void
}

const NOBODY_WAITS = new DOMException('nobody waits for these chunks anymore', 'AbortError')

/** Who waits for the chunks of one read. */
export class WaitingForChunks {
  readonly #waiting = new Map<number, Set<Waiting>>()
  readonly #nobody = new AbortController()

  /** Fires when whoever waited last has left before its chunk came. */
  get signal (): AbortSignal {
    return this.#nobody.signal
  }

  /** The chunk, held for the caller. @throws what the read fails with, the signal's reason */
  wait (index: number, signal: AbortSignal): Promise<Chunk> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#remove(index, own)
        reject(signal.reason as Error)
        if (this.#waiting.size === 0) this.#nobody.abort(NOBODY_WAITS)
      }
      const own: Waiting = {
        resolve: (chunk) => {
          signal.removeEventListener('abort', leave)
          resolve(chunk)
        },
        reject: (error) => {
          signal.removeEventListener('abort', leave)
          reject(error)
        }
      }
      this.#waiting.set(index, (this.#waiting.get(index) ?? new Set()).add(own))
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  /** The chunk has come: it is held for each who waits for it. */
  give (index: number, chunk: HeldChunk): void {
    const waiting = this.#waiting.get(index) ?? []
    this.#waiting.delete(index)
    for (const { resolve } of waiting) resolve(chunk.hold())
  }

  /** What has not come will not come. */
  fail (error: unknown): void {
    const all = [...this.#waiting.values()].flatMap((waiting) => [...waiting])
    this.#waiting.clear()
    for (const { reject } of all) reject(error)
  }

  #remove (index: number, own: Waiting): void {
    const waiting = this.#waiting.get(index)
    waiting?.delete(own)
    if (waiting?.size === 0) this.#waiting.delete(index)
  }
}
