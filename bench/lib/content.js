import { randomFillSync } from 'node:crypto'
import {
  closeSync, createReadStream, fdatasyncSync, ftruncateSync, linkSync, mkdirSync, openSync, statfsSync, writeSync
} from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'

const BLOCK = 16 << 20
export const BUCKET = 'bench'

/** The objects of the stores, as files DIR/bench/KEY. Each file is made at its first use. */
export class Content {
  #objects = new Map()
  #links = 0

  constructor (dir) {
    this.dir = dir
    mkdirSync(join(dir, BUCKET), { recursive: true })
  }

  random (key, size) {
    return this.#made(key, size, (file) => {
      const block = Buffer.alloc(Math.min(BLOCK, size))
      for (let rest = size; rest > 0; rest -= block.length) {
        writeSync(file, randomFillSync(block), 0, Math.min(rest, block.length))
      }
    })
  }

  /** A file of any size that takes next to no disk: holes, with a few random bytes in every 16 MiB. */
  sparse (key, size) {
    return this.#made(key, size, (file) => {
      const block = Buffer.alloc(64 << 10)
      ftruncateSync(file, size)
      for (let at = 0; at + block.length <= size; at += BLOCK) {
        writeSync(file, randomFillSync(block), 0, block.length, at)
      }
    })
  }

  /**
   * The same object under new keys. All links are made at once, because a link changes the ctime of the file, and with
   * it the version of an object that is being read.
   */
  linked (object, count) {
    return Array.from({ length: count }, () => {
      const key = `${object.key}-${++this.#links}`
      linkSync(object.path, join(this.dir, BUCKET, key))
      return { ...object, key }
    })
  }

  /** Reads an object once, so that the system has it in memory as far as there is room: a disk is another store. */
  async remembered (object) {
    await finished(createReadStream(object.path, { highWaterMark: 1 << 20 }).resume())
    return object
  }

  freeBytes () {
    const { bavail, bsize } = statfsSync(this.dir)
    return bavail * bsize
  }

  #made (key, size, write) {
    const known = this.#objects.get(key)
    if (known !== undefined) return known
    const path = join(this.dir, BUCKET, key)
    const file = openSync(path, 'w')
    write(file)
    fdatasyncSync(file) // or the disk is still busy with it while something is measured
    closeSync(file)
    const object = { key, size, path }
    this.#objects.set(key, object)
    return object
  }
}
