import type { ListedObject } from './listing.js'

/**
 * The newest of many listed objects, one of each key; memory for twice as many as are wanted. In which order they are
 * added, and how often, makes no difference.
 */
export class NewestObjects {
  readonly #count: number
  readonly #kept = new Map<string, ListedObject>()
  /** The last one that is among the newest of those that were sorted. */
  #last: ListedObject | undefined

  constructor (count: number) {
    this.#count = count
  }

  add (object: ListedObject): void {
    if (this.#last !== undefined && newestFirst(object, this.#last) > 0) return
    const kept = this.#kept.get(object.key)
    if (kept !== undefined && newestFirst(kept, object) <= 0) return
    const own = detached(object)
    this.#kept.set(own.key, own)
    if (this.#kept.size >= 2 * this.#count) this.#drop()
  }

  /** Newest first; of the same time in the order of their keys, and without a time at the end. */
  all (): ListedObject[] {
    return [...this.#kept.values()].sort(newestFirst).slice(0, this.#count)
  }

  #drop (): void {
    const newest = this.all()
    this.#kept.clear()
    for (const object of newest) this.#kept.set(object.key, object)
    this.#last = newest.at(-1)
  }
}

function newestFirst (a: ListedObject, b: ListedObject): number {
  return timeOf(b) - timeOf(a) || inOrder(a.key, b.key) || inOrder(a.etag, b.etag) || a.size - b.size
}

/** Before every time that there is, where it has none. */
function timeOf ({ lastModified }: ListedObject): number {
  return lastModified?.getTime() ?? -Number.MAX_VALUE
}

// By UTF-16, as everywhere in JavaScript: the order is only to be the same each time.
function inOrder (a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

// V8 makes a part of a text by pointing into it: one key would hold the whole page that it was listed in.
function detached (object: ListedObject): ListedObject {
  return { ...object, key: Buffer.from(object.key).toString(), etag: Buffer.from(object.etag).toString() }
}
