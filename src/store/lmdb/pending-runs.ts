import { copyOf } from '../../torrent/piece-digests.js'
import type { DigestRun } from '../../torrent/piece-digests.js'
import type { Databases } from './databases.js'
import { partKey } from './record-keys.js'
import { encodeRecord } from './record.js'
import type { UsageIndex } from './usage-index.js'
import type { Writer } from './writer.js'

/** What a killed process has to hash again. */
const PENDING_MS = 50
/** What may wait so long: a transaction's records need their space in the file all at once. */
const MAX_PENDING_BYTES = 128 * 1024

export interface PendingRunsParts {
  readonly databases: Pick<Databases, 'torrents' | 'parts'>
  readonly usage: UsageIndex
  readonly writer: Writer
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Runs of digests that wait for the next transaction, which costs more than they do. */
export class PendingRuns {
  readonly #parts: PendingRunsParts
  #runs: Array<DigestRun & { readonly id: string }> = []
  /** Of those that came since the last transaction. */
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor (parts: PendingRunsParts) {
    this.#parts = parts
  }

  add (id: string, { firstPiece, digests }: DigestRun): void {
    this.#runs.push({ id, firstPiece, digests: copyOf(digests) })
    this.#bytes += digests.bytes.length
    if (this.#bytes > MAX_PENDING_BYTES) this.write()
    else this.#timer ??= setTimeout(() => this.write(), PENDING_MS).unref()
  }

  /** Those of a torrent that is finished. */
  drop (id: string): void {
    this.#runs = this.#runs.filter((run) => run.id !== id)
  }

  /** Does not wait for them; the writer does when it is closed. */
  write (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const runs = this.#runs.splice(0)
    const bytes = this.#bytes
    this.#bytes = 0
    if (runs.length === 0) return
    const { databases, usage, writer, now } = this.#parts
    writer.write('keep parts', bytes, () => {
      const usedAt = now()
      for (const { id, firstPiece, digests } of runs) {
        if (databases.torrents.doesExist(id)) continue // finished meanwhile
        const record = encodeRecord(partKey(id, firstPiece), {}, digests.bytes)
        databases.parts.putSync([id, firstPiece], record)
        usage.use(id, usedAt, { recordBytes: record.length })
      }
    }).catch(() => {})
  }
}
