import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreLog } from '../store-log.js'
import type { Databases } from './databases.js'
import type { DiskReserve } from './disk-reserve.js'
import type { UsageIndex } from './usage-index.js'

export interface WriterParts {
  readonly databases: Databases
  readonly reserve: DiskReserve
  readonly usage: UsageIndex
  readonly log: StoreLog
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const NOTE_USE_MS = 10_000
const COMPLAIN_MS = 60_000
// After a commit that failed, lmdb waits for ever for it to be on the disk.
const CLOSE_MS = 2_000

/**
 * The one way into a store's file: a transaction each, in the order in which they were asked for. A full disk, a limit,
 * a lock: what cannot be written is not known later, and nothing else is wrong. Whoever makes it closes it.
 */
export class Writer {
  readonly #parts: WriterParts
  /** When ids were used, since it was last noted. */
  readonly #used = new Map<string, number>()
  readonly #noting: NodeJS.Timeout
  #quietUntil = 0
  #isWritten = true
  #isClosed = false
  #written: Promise<unknown> = Promise.resolve()
  /** Of records that wait to be written: several may go in one transaction. */
  #waitingBytes = 0

  constructor (parts: WriterParts) {
    this.#parts = parts
    this.#noting = setInterval(() => this.#noteUse(), NOTE_USE_MS).unref()
  }

  /** Whether the last write went well. */
  get isWritten (): boolean {
    return this.#isWritten
  }

  /** Whether the last write failed a moment ago: a full disk stays full for a while. */
  get isFailing (): boolean {
    return !this.#isWritten && this.#parts.now() < this.#quietUntil
  }

  /** Resolves when all that was written so far is in the file, or could not be. */
  get written (): Promise<unknown> {
    return this.#written
  }

  /** Notes that an id was used, with the next write. */
  use (id: string): void {
    this.#used.set(id, this.#parts.now())
  }

  /**
   * Runs `action` in a transaction, after the uses so far: what goes to make room is decided by them.
   * @param what for the log: "the store could not …"
   * @param recordBytes that it writes, about
   * @returns resolves as `written`, and rejects never; once it is closed nothing is written
   */
  write (what: string, recordBytes: number, action: () => void): Promise<unknown> {
    if (this.#isClosed) return this.#written
    const used = [...this.#used]
    this.#used.clear()
    this.#waitingBytes += recordBytes
    const { databases, reserve, usage } = this.#parts
    const done = databases.root.transaction(() => {
      reserve.reserve(this.#waitingBytes)
      for (const [id, now] of used) usage.use(id, now)
      action()
    }).then(() => { this.#isWritten = true }, async (error: unknown) => {
      this.#isWritten = false
      this.complain(what, await causeOf(error))
    }).finally(() => { this.#waitingBytes -= recordBytes })
    const before = this.#written
    this.#written = done.then(() => before)
    return this.#written
  }

  complain (what: string, error: unknown): void {
    const now = this.#parts.now()
    if (now < this.#quietUntil) return
    this.#quietUntil = now + COMPLAIN_MS
    this.#parts.log.warn({ err: error }, `the store could not ${what}; object-torrent goes on without`)
  }

  async close (): Promise<void> {
    clearInterval(this.#noting)
    this.#noteUse()
    this.#isClosed = true
    await this.#written
    const over = new AbortController() // a timer that is left over keeps a command from its end
    await Promise.race([this.#parts.databases.root.close(), sleep(CLOSE_MS, undefined, { signal: over.signal })])
    over.abort()
    this.#parts.reserve.close()
  }

  #noteUse (): void {
    if (this.#used.size > 0) this.write('note what was used', 0, () => {}).catch(() => {})
  }
}

// A commit that failed tells why in a promise, which ends the process unless somebody takes it.
async function causeOf (error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> }
  return commitError === undefined
    ? error
    : Promise.race([commitError, Promise.reject(error)]).catch((cause: unknown) => cause)
}
