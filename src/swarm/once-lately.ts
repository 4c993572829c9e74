import { LRUCache } from 'lru-cache'

/** How long an action that succeeded is not done again. */
const LATELY_MS = 1_000
const MAX_LATELY = 1_000

/** Actions by name, each of which is done once however often it is asked for: at the same time, or a moment later. */
export class OnceLately {
  readonly #running = new Map<string, Promise<void>>()
  readonly #lately = new LRUCache<string, true>({ max: MAX_LATELY, ttl: LATELY_MS })

  /**
   * Resolves when the action was done, by this call or by another one.
   * @param action resolves with whether it succeeded
   */
  async do (name: string, action: () => Promise<boolean>): Promise<void> {
    if (this.#lately.has(name)) return
    const before = this.#running.get(name)
    if (before !== undefined) return before
    const isOwn = (): boolean => this.#running.get(name) === running // else it was undone meanwhile
    const running = action().then((hasSucceeded) => {
      if (hasSucceeded && isOwn()) this.#lately.set(name, true)
    }).finally(() => {
      if (isOwn()) this.#running.delete(name)
    })
    this.#running.set(name, running)
    return running
  }

  /** What was done, or is being done, is undone: the next one does it again. */
  undo (name: string): void {
    this.#running.delete(name)
    this.#lately.delete(name)
  }
}
