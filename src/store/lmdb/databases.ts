import { ABORT, TransactionFlags, open } from 'lmdb'
import type { Database, RootDatabase } from 'lmdb'
import type { PublishedVersions } from '../published-versions.js'

/** What is in the file. An id is idOf(identity). */
export interface Databases {
  readonly root: RootDatabase
  /** By id: the record of a finished object. */
  readonly torrents: Database<Buffer, string>
  /** By id and first piece: the record of a part of what is being hashed. */
  readonly parts: Database<Buffer, [id: string, firstPiece: number]>
  /** When each object with an info hash was finished, milliseconds since 1970. */
  readonly infoHashes: ByInfoHash<number>
  /** Those of them that were issued as public: as which versions, and when; and MOVED. */
  readonly published: ByInfoHash<PublishedVersions>
  /** By id: the record of a prefix's manifest. */
  readonly manifests: Database<Buffer, string>
  /** By id: its Usage as JSON; and how many bytes they are together. */
  readonly usage: Database<string, string>
  /** The ids, least recently used first. */
  readonly byUse: Database<true, [used: number, id: string]>
}

/** By info hash in hexadecimal digits and id. */
export type ByInfoHash<V> = Database<V, [infoHash: string, id: string]>

/** Among what is published: the file has that database, and what was finished before is in it. */
export const MOVED: [string, string] = ['', '']

/** The file of this version's format in a data directory. */
export const FILE_NAME = 'torrents-2.mdb'

const TRIED_BYTES = 1024 * 1024
const TRIED_ROUNDS = 8
const UNFLUSHED = TransactionFlags.ABORTABLE | TransactionFlags.SYNCHRONOUS_COMMIT | TransactionFlags.NO_SYNC_FLUSH

/**
 * Opens the file, or makes it. Several processes may. Whoever opens closes `root`. Read only, a database that is not
 * there is undefined.
 * @throws what LMDB or the file system says
 */
export function openDatabases (path: string, { readOnly = false } = {}): Databases {
  // With eventTurnBatching a commit that fails rejects a promise that nobody has, which ends the process.
  const root = open({ path, noSubdir: true, maxDbs: 8, readOnly, eventTurnBatching: false })
  return {
    root,
    torrents: root.openDB({ name: 'torrents', encoding: 'binary' }),
    parts: root.openDB({ name: 'parts', encoding: 'binary' }),
    infoHashes: root.openDB({ name: 'info hashes', encoding: 'json' }),
    published: root.openDB({ name: 'public', encoding: 'json' }),
    manifests: root.openDB({ name: 'manifests', encoding: 'binary' }),
    usage: root.openDB({ name: 'usage', encoding: 'string' }),
    byUse: root.openDB({ name: 'by use', encoding: 'json' })
  }
}

/**
 * Writes what needs many free pages and takes it back; then writes and removes a little, several times: the list of
 * free pages is only written by a commit, and what a commit has freed is used by the second one after it.
 * @throws what LMDB says of the file, not what the disk says
 */
export function tryToWrite ({ root, torrents }: Databases): void {
  root.transactionSync(() => {
    torrents.putSync('tried', Buffer.alloc(TRIED_BYTES))
    return ABORT
  })
  try {
    for (let round = 0; round < TRIED_ROUNDS; round++) {
      root.transactionSync(() => { torrents.putSync('tried', Buffer.alloc(TRIED_BYTES / 16)) }, UNFLUSHED)
      root.transactionSync(() => { torrents.removeSync('tried') }, UNFLUSHED)
    }
  } catch (error) {
    if (!((error as { code: number }).code > 0)) throw error // a number of the system: the disk is full
  }
}

/** The keys of an info hash. */
export function identitiesOf (infoHash: string): { start: [string, string], end: [string, string] } {
  return { start: [infoHash, ''], end: [infoHash, '\uFFFF'] }
}

/** The keys of an id's parts. */
export function partsOf (id: string): { start: [string, number], end: [string, number] } {
  return { start: [id, 0], end: [id, Number.MAX_SAFE_INTEGER] }
}
