import { MOVED, partsOf } from './databases.js'
import type { Databases } from './databases.js'
import { SPARE_BYTES } from './room.js'

const PAGE_BYTES = 4096
// LMDB keeps values up to about half a page in the leaf, and larger ones on pages of their own.
const IN_LEAF_BYTES = 2000
const ENTRY_BYTES = 1000
// Of a leaf: ids come in any order, so that leaves are split in the middle, and emptied anywhere.
const LEAF_FILL = 2 / 3
// Of the file: a page is free only when no reader can see it anymore, and a large record needs free ones in a row.
const FILL = 0.5

/** What an id costs. */
interface Usage {
  /** Milliseconds since 1970. */
  readonly used: number
  /** Of the file, about. */
  readonly bytes: number
  /** Hexadecimal, once it is known. */
  readonly infoHash?: string | undefined
}

/** Among the usages, by id: how much they are together. */
const TOTAL = 'total'

/** How much of the file is used, and what goes when it is too much. Everything here runs inside a transaction. */
export class Space {
  readonly #databases: Databases
  /** Bytes of the file that may be used, about. */
  readonly budget: number

  constructor (databases: Databases, maxFileBytes: number) {
    this.#databases = databases
    this.budget = (maxFileBytes - SPARE_BYTES) * FILL
  }

  /** Whether a record can be kept at all. */
  fits (recordBytes: number): boolean {
    return bytesOf(recordBytes) <= this.budget / 2
  }

  /** Bytes of the file that are used, about. */
  get used (): number {
    return this.#total
  }

  /** Counts anew what is used. The sum is in the file, because several processes add to it. */
  recount (): void {
    this.#setTotal(countUsed(this.#databases))
  }

  /** Notes that an id was used, and that it has a record of so many bytes more. Then makes room, at others' expense. */
  use (id: string, now: number, { recordBytes = 0, infoHash }: { recordBytes?: number, infoHash?: string } = {}): void {
    const before = this.#usageOf(id)
    if (before === undefined && recordBytes === 0) return
    if (before !== undefined) this.#databases.byUse.removeSync([before.used, id])
    const more = recordBytes === 0 ? 0 : bytesOf(recordBytes)
    const usage: Usage = {
      used: Math.max(now, before?.used ?? 0), bytes: (before?.bytes ?? 0) + more, infoHash: infoHash ?? before?.infoHash
    }
    this.#databases.usage.putSync(id, JSON.stringify(usage))
    this.#databases.byUse.putSync([usage.used, id], true)
    if (more === 0) return
    this.#setTotal(this.#total + more)
    this.#evict(id)
  }

  /** Forgets an id and everything under it. */
  drop (id: string): void {
    const { torrents, parts, infoHashes, published, usage, byUse } = this.#databases
    const before = this.#usageOf(id)
    torrents.removeSync(id)
    for (const key of [...parts.getKeys(partsOf(id))]) parts.removeSync(key)
    if (before === undefined) return
    if (before.infoHash !== undefined) {
      infoHashes.removeSync([before.infoHash, id])
      published.removeSync([before.infoHash, id])
    }
    usage.removeSync(id)
    byUse.removeSync([before.used, id])
    this.#setTotal(this.#total - before.bytes)
  }

  /** The info hash of a finished object, in hexadecimal digits; undefined where it is not kept. */
  infoHashOf (id: string): string | undefined {
    return this.#usageOf(id)?.infoHash
  }

  get #total (): number {
    return Number(this.#databases.usage.get(TOTAL)) || 0
  }

  #setTotal (bytes: number): void {
    this.#databases.usage.putSync(TOTAL, String(bytes))
  }

  #usageOf (id: string): Usage | undefined {
    const json = this.#databases.usage.get(id)
    return json === undefined ? undefined : parseUsage(json)
  }

  // Not all keys at once: there may be a million.
  #evict (except: string): void {
    const { byUse } = this.#databases
    while (this.#total > this.budget) {
      const oldest = [...byUse.getKeys({ limit: 100 })].filter(([, id]) => id !== except)
      if (oldest.length === 0) return forgetAll(this.#databases)
      for (const [used, id] of oldest) {
        if (this.#total <= this.budget) return
        this.drop(id)
        byUse.removeSync([used, id]) // where usage says something else
      }
    }
  }
}

/** Bytes of the file that are used, about. */
export function countUsed ({ usage }: Databases): number {
  let bytes = 0
  for (const { key, value } of usage.getRange()) bytes += key === TOTAL ? 0 : parseUsage(value).bytes
  return bytes
}

/** Empties everything, inside a transaction. */
export function forgetAll ({ torrents, parts, infoHashes, published, usage, byUse }: Databases): void {
  const isMoved = published.doesExist(MOVED)
  for (const database of [torrents, parts, infoHashes, published, usage, byUse]) database.clearSync()
  if (isMoved) published.putSync(MOVED, 1)
}

function bytesOf (recordBytes: number): number {
  return ENTRY_BYTES + (recordBytes <= IN_LEAF_BYTES
    ? Math.ceil(recordBytes / LEAF_FILL)
    : Math.ceil((recordBytes + 16) / PAGE_BYTES) * PAGE_BYTES)
}

// What is damaged here costs no hash: only who is forgotten first.
function parseUsage (json: string): Usage {
  try {
    const { used, bytes, infoHash } = JSON.parse(json) as Partial<Usage>
    return {
      used: Number(used) || 0, bytes: Number(bytes) || 0, infoHash: typeof infoHash === 'string' ? infoHash : undefined
    }
  } catch {
    return { used: 0, bytes: 0 }
  }
}
