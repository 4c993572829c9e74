import { MemoryStore } from '../../src/store/memory/memory-store.js'
import type { KeptDigests } from '../../src/store/digest-store.js'
import type { Identity } from '../../src/torrent/identity.js'
import type { InfoHash } from '../../src/torrent/info-hash.js'

/**
 * A store whose answers are held until they are let go, as on another machine. What it does, it does when it is asked:
 * only the answer comes later, and may be old then.
 */
export class SlowStore extends MemoryStore {
  /** The methods that were called, in order. */
  readonly asked: string[] = []
  #held: readonly string[] = []
  #answering: Promise<void> = Promise.resolve()
  #letGo: () => void = () => {}

  constructor () {
    super({ maxBytes: 2 ** 24 })
  }

  /** From now on the answers of these methods wait for `letGo`. */
  hold (...methods: readonly string[]): void {
    this.#held = methods
    this.#answering = new Promise((resolve) => { this.#letGo = resolve })
  }

  letGo (): void {
    this.#held = []
    this.#letGo()
  }

  override get (identity: Identity): Promise<KeptDigests> {
    return this.#later('get', super.get(identity))
  }

  override publish (identity: Identity): Promise<readonly InfoHash[]> {
    return this.#later('publish', super.publish(identity))
  }

  override unpublish (infoHash: InfoHash, identity: Identity): Promise<void> {
    return this.#later('unpublish', super.unpublish(infoHash, identity))
  }

  override publishedOf (infoHash: InfoHash): Promise<readonly Identity[]> {
    return this.#later('publishedOf', super.publishedOf(infoHash))
  }

  override identitiesOf (infoHash: InfoHash): Promise<readonly Identity[]> {
    return this.#later('identitiesOf', super.identitiesOf(infoHash))
  }

  async #later<T> (method: string, answer: Promise<T>): Promise<T> {
    this.asked.push(method)
    const answering = this.#held.includes(method) ? this.#answering : undefined
    const value = await answer
    await answering
    return value
  }
}
