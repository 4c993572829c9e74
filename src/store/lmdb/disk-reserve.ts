import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import type { Databases } from './databases.js'

/** Bytes behind the last page of a file: what a transaction writes besides its records. */
export const SPARE_BYTES = 256 * 1024

/**
 * Space on the disk for what LMDB is about to write: a write of its own that fails, on a full disk, leaves its memory
 * damaged, and the process aborts sooner or later (lmdb 3.5.6). Whoever makes it closes it.
 */
export class DiskReserve {
  readonly #databases: Databases
  #file: number | undefined

  constructor (path: string, databases: Databases) {
    this.#databases = databases
    this.#file = openSync(path, 'r+')
  }

  /**
   * Makes the file longer by zeros where it must be. Inside a transaction, when nobody else writes.
   * @throws what the file system says
   */
  reserve (bytes: number): void {
    const { lastPageNumber, pageSize } = this.#databases.root.getStats() as { lastPageNumber: number, pageSize: number }
    const end = (lastPageNumber + 1) * pageSize + SPARE_BYTES + bytes
    const file = this.#file
    if (file === undefined) throw new Error('the store is closed')
    let { size } = fstatSync(file)
    while (size < end) size += writeSync(file, Buffer.alloc(Math.min(end - size, SPARE_BYTES)), 0, undefined, size)
  }

  close (): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}
