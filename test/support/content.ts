import { Readable } from 'node:stream'

const BLOCK = 1 << 20
const STAMP_EVERY = 4096
const CHUNK = 1 << 18

const blocks = new Map<number, Buffer>()

/**
 * Bytes `offset` to `offset + length` of the pseudo-random content of a seed: the same at every call, so an object of
 * any size needs no memory. A 1 MiB block repeats, but every 4 KiB hold their own offset: no two pieces are equal, and
 * a byte sent from the wrong place is noticed.
 */
export function contentAt (seed: number, offset: number, length: number): Buffer {
  // From one stamp to another, then cut.
  const first = offset - offset % STAMP_EVERY
  const content = Buffer.allocUnsafe(Math.ceil((offset + length - first) / STAMP_EVERY) * STAMP_EVERY)
  const block = blockOf(seed)
  for (let at = 0; at < content.length;) {
    at += block.copy(content, at, (first + at) % BLOCK)
  }
  for (let at = 0; at < content.length; at += STAMP_EVERY) {
    content.writeDoubleBE(first + at, at)
  }
  return content.subarray(offset - first, offset - first + length)
}

/** The first `size` bytes of that content. */
export function contentStream (seed: number, size: number): Readable {
  return Readable.from(chunks(seed, size), { objectMode: false })
}

function * chunks (seed: number, size: number): Generator<Buffer> {
  for (let offset = 0; offset < size; offset += CHUNK) yield contentAt(seed, offset, Math.min(CHUNK, size - offset))
}

/** One block of xorshift32. */
function blockOf (seed: number): Buffer {
  const known = blocks.get(seed)
  if (known) return known
  const block = Buffer.allocUnsafe(BLOCK)
  let state = Math.imul(seed + 1, 0x9e3779b1) || 1
  for (let at = 0; at < BLOCK; at += 4) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    block.writeInt32LE(state, at)
  }
  blocks.set(seed, block)
  return block
}
