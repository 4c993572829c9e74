import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Content } from './content.js'

export const KiB = 1024
export const MiB = 1024 * KiB
export const GiB = 1024 * MiB

/** Given to every row: a folder, the content, sizes and rounds, and a way to leave nothing behind. */
export class Bench {
  #ends = []
  #folders = 0
  /** Rounds of a row after the one that warms up. */
  rounds = 1

  /** `node` runs the servers; what the bench runs itself stays with its own. */
  constructor ({ quick, node = process.execPath }) {
    this.quick = quick
    this.node = node
    this.dir = mkdtempSync(join(tmpdir(), 'object-torrent-bench-'))
    process.on('exit', () => rmSync(this.dir, { recursive: true, force: true }))
    this.content = new Content(join(this.dir, 'store'))
  }

  /** A size, duration or number that --quick makes an eighth. */
  scaled (amount) {
    return this.quick ? Math.ceil(amount / 8) : amount
  }

  folder (name) {
    const path = join(this.dir, `${name}-${++this.#folders}`)
    mkdirSync(path)
    return path
  }

  say (text) {
    process.stderr.write(`  ${text}\n`)
  }

  /** Has `end` run when the row is over, the last one first. */
  atEnd (end) {
    this.#ends.push(end)
  }

  async endRow () {
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end()
  }
}
