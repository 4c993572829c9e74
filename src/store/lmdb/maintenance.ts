import { statSync } from 'node:fs'
import { openDatabases } from './databases.js'
import type { Databases } from './databases.js'
import { PieceDigests } from '../../torrent/piece-digests.js'
import { partKey, torrentKey } from './record-keys.js'
import { decodeRecord } from './record.js'
import { decodeFacts } from './torrent-facts.js'
import type { TorrentFacts } from './torrent-facts.js'
import { countUsed, forgetAll } from './usage-index.js'

export interface StoreStats {
  readonly torrents: number
  /** Bytes of the objects whose torrents are finished. */
  readonly objectBytes: number
  /** Objects of which some pieces are known. */
  readonly unfinished: number
  readonly fileBytes: number
  /** Of the file, about. */
  readonly usedBytes: number
  /** Milliseconds since 1970; undefined in an empty store. */
  readonly leastRecentlyUsed: number | undefined
}

export interface StoreReport {
  readonly whole: number
  /** Ids of objects with a damaged record. */
  readonly damaged: readonly string[]
}

/** What is in a store's file, also while a server uses it. @throws what LMDB or the file system says */
export function storeStats (path: string): Promise<StoreStats> {
  return withDatabases(path, (databases) => {
    let torrents = 0
    let objectBytes = 0
    for (const { key, value } of databases.torrents.getRange()) {
      torrents++
      objectBytes += factsOf(key, value)?.identity.size ?? 0
    }
    const [oldest] = databases.byUse.getKeys({ limit: 1 })
    return {
      torrents,
      objectBytes,
      unfinished: unfinished(databases).size,
      fileBytes: statSync(path).size,
      usedBytes: countUsed(databases),
      leastRecentlyUsed: oldest?.[0]
    }
  })
}

/** Checks every record of a store's file. @throws what LMDB or the file system says */
export function verifyStore (path: string): Promise<StoreReport> {
  return withDatabases(path, (databases) => {
    const damaged = new Set<string>()
    let whole = 0
    for (const { key, value } of databases.torrents.getRange()) {
      if (factsOf(key, value) === undefined) damaged.add(key)
      else whole++
    }
    for (const { key: [id, firstPiece], value } of databases.parts.getRange()) {
      if (isWhole(partKey(id, firstPiece), value)) whole++
      else damaged.add(id)
    }
    return { whole, damaged: [...damaged] }
  })
}

/**
 * Forgets everything in a store's file.
 * @returns the objects it knew something of.
 * @throws what LMDB or the file system says
 */
export function clearStore (path: string): Promise<number> {
  return withDatabases(path, async (databases) => {
    const { root, torrents } = databases
    return root.transaction(() => {
      const count = torrents.getCount() + unfinished(databases).size
      forgetAll(databases)
      return count
    })
  })
}

async function withDatabases<T> (path: string, work: (databases: Databases) => T | Promise<T>): Promise<T> {
  const databases = openDatabases(path)
  try {
    return await work(databases)
  } finally {
    await databases.root.close()
  }
}

function unfinished (databases: Databases): Set<string> {
  return new Set([...databases.parts.getKeys()].map(([id]) => id))
}

function factsOf (id: string, record: Uint8Array): TorrentFacts | undefined {
  try {
    const { facts: json, digests } = decodeRecord(torrentKey(id), record)
    const facts = decodeFacts(id, json)
    return facts !== undefined && digests.length === PieceDigests.bytesOf(facts.identity) ? facts : undefined
  } catch {
    return undefined
  }
}

function isWhole (key: Buffer, record: Uint8Array): boolean {
  try {
    decodeRecord(key, record)
    return true
  } catch {
    return false
  }
}
