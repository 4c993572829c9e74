import { MOVED, partsOf } from './databases.js'
import type { Databases } from './databases.js'
import { SPARE_BYTES } from './disk-reserve.js'

const PAGE_BYTES = 4096
// LMDB keeps values up to about half a page in the leaf, and larger ones on pages of their own.
const IN_LEAF_BYTES = 2000
const ENTRY_BYTES = 1000
// How full a leaf is: ids are random, so that inserts split leaves in half, and deletes leave holes.
const LEAF_FILL = 2 / 3
// How full the file is: a page is free only when no reader can see it anymore, and a large record needs free pages in
// a row.
const FILL = 0.5

/** What an id costs. */
interface Usage {
  /** Milliseconds since 1970. */
  readonly used: number
  /** Of the file, about. */
  readonly bytes: number
  /** Hexadecimal, the first one, once it is known. */
  readonly infoHash?: string | undefined
  /** The others, where there are more. */
  readonly moreInfoHashes?: readonly string[] | undefined
}

/** What an id is used for besides being looked up. */
interface Use {
  /** Bytes of a record that it has got. */
  readonly recordBytes?: number
  /** Hexadecimal. */
  readonly infoHashes?: readonly string[]
}

/** Among the usages, by id: how much they are together. */
const TOTAL = 'total'

/** How much of the file is used, and what goes when it is too much. Everything here runs inside a transaction. */
export class UsageIndex {
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
  use (id: string, now: number, { recordBytes = 0, infoHashes = [] }: Use = {}): void {
    const before = this.#usageOf(id)
    if (before === undefined && recordBytes === 0) return
    if (before !== undefined) this.#databases.byUse.removeSync([before.used, id])
    const more = recordBytes === 0 ? 0 : bytesOf(recordBytes)
    const [infoHash, ...others] = infoHashes.length > 0 ? infoHashes : hashesOf(before)
    const usage: Usage = {
      used: Math.max(now, before?.used ?? 0),
      bytes: (before?.bytes ?? 0) + more,
      infoHash,
      ...(others.length > 0 && { moreInfoHashes: others })
    }
    this.#databases.usage.putSync(id, JSON.stringify(usage))
    this.#databases.byUse.putSync([usage.used, id], true)
    if (more === 0) return
    this.#setTotal(this.#total + more)
    this.#evict(id)
  }

  /** Forgets an id and everything under it. */
  drop (id: string): void {
    const { torrents, parts, manifests, infoHashes, published, usage, byUse } = this.#databases
    const before = this.#usageOf(id)
    torrents.removeSync(id)
    manifests.removeSync(id)
    for (const key of [...parts.getKeys(partsOf(id))]) parts.removeSync(key)
    if (before === undefined) return
    for (const infoHash of hashesOf(before)) {
      infoHashes.removeSync([infoHash, id])
      published.removeSync([infoHash, id])
    }
    usage.removeSync(id)
    byUse.removeSync([before.used, id])
    this.#setTotal(this.#total - before.bytes)
  }

  /** The info hashes of a finished object, in hexadecimal digits; none where it is not kept. */
  infoHashesOf (id: string): string[] {
    return hashesOf(this.#usageOf(id))
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
export function forgetAll (databases: Databases): void {
  const { torrents, parts, manifests, infoHashes, published, usage, byUse } = databases
  const isMoved = published.doesExist(MOVED)
  for (const database of [torrents, parts, manifests, infoHashes, published, usage, byUse]) {
    database.clearSync()
  }
  if (isMoved) published.putSync(MOVED, 1)
}

function bytesOf (recordBytes: number): number {
  return ENTRY_BYTES + (recordBytes <= IN_LEAF_BYTES
    ? Math.ceil(recordBytes / LEAF_FILL)
    : Math.ceil((recordBytes + 16) / PAGE_BYTES) * PAGE_BYTES)
}

function hashesOf (usage: Usage | undefined): string[] {
  return usage?.infoHash === undefined ? [] : [usage.infoHash, ...usage.moreInfoHashes ?? []]
}

// Damage here costs no hash: it only changes who is forgotten first.
function parseUsage (json: string): Usage {
  try {
    const { used, bytes, infoHash, moreInfoHashes } = JSON.parse(json) as Record<keyof Usage, unknown>
    return {
      used: Number(used) || 0,
      bytes: Number(bytes) || 0,
      infoHash: typeof infoHash === 'string' ? infoHash : undefined,
      moreInfoHashes: Array.isArray(moreInfoHashes)
        ? moreInfoHashes.filter((hash): hash is string => typeof hash === 'string')
        : undefined
    }
  } catch {
    return { used: 0, bytes: 0 }
  }
}
