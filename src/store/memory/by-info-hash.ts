/** What is noted of ids under their info hashes, both in hexadecimal digits: of each hash, the last put id last. */
export class ByInfoHash<V> {
  readonly #maps = new Map<string, Map<string, V>>()

  get (infoHash: string, id: string): V | undefined {
    return this.#maps.get(infoHash)?.get(id)
  }

  put (infoHash: string, id: string, value: V): void {
    const ids = this.#maps.get(infoHash) ?? new Map<string, V>()
    this.#maps.set(infoHash, ids.set(id, value))
  }

  putLast (infoHash: string, id: string, value: V): void {
    this.#maps.get(infoHash)?.delete(id)
    this.put(infoHash, id, value)
  }

  delete (infoHash: string, id: string): void {
    const ids = this.#maps.get(infoHash)
    ids?.delete(id)
    if (ids?.size === 0) this.#maps.delete(infoHash)
  }

  /** At most `count` of them, the last put id first. */
  lastFirst (infoHash: string, count: number): Array<[id: string, value: V]> {
    return [...this.#maps.get(infoHash) ?? []].reverse().slice(0, count)
  }
}
