import { createHash } from 'node:crypto'
import t from 'tap'
import { PieceHasher } from '../../src/hashing/piece-hasher.js'
import { contentAt } from '../support/content.js'

const PIECE = 16 * 1024
const SIZES = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5]
const CHUNKS = [1, 7, 4096, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 10 * PIECE]

const digestsOf = (content: Buffer): Buffer => Buffer.concat(Array.from({ length: Math.ceil(content.length / PIECE) }, (
  _, index
) =>
  createHash('sha1').update(content.subarray(index * PIECE, (index + 1) * PIECE)).digest()))

for (const size of SIZES) {
  const content = contentAt(1, 0, size)
  const expected = digestsOf(content)

  t.test(`${size} bytes`, async (t) => {
    for (const chunk of CHUNKS) {
      const hasher = new PieceHasher(size, PIECE)
      for (let at = 0; at < size; at += chunk) {
        if (hasher.missing !== size - at) t.equal(hasher.missing, size - at)
        hasher.update(content.subarray(at, at + chunk))
      }
      t.equal(hasher.missing, 0)
      t.equal(hasher.ready, Math.ceil(size / PIECE))
      t.same(Buffer.from(hasher.take()), expected, `in chunks of ${chunk}`)
      t.equal(hasher.ready, 0)
    }
  })

  t.test(`${size} bytes, taken while they come, in chunks of many sizes and of none`, async (t) => {
    const hasher = new PieceHasher(size, PIECE)
    const taken: Uint8Array[] = []
    for (let at = 0, chunk = 0; at < size; at += chunk, chunk = (chunk * 31 + 17) % (PIECE + PIECE / 2)) {
      hasher.update(content.subarray(at, at + chunk))
      t.equal(
        hasher.ready,
        (hasher.missing === 0 ? Math.ceil(size / PIECE) : Math.floor((size - hasher.missing) / PIECE)) - Buffer.concat(
          taken
        ).length / 20
      )
      taken.push(hasher.take())
    }
    hasher.update(Buffer.alloc(0))
    t.same(Buffer.concat(taken), expected)
    t.equal(hasher.take().length, 0, 'none twice')
  })

  t.test(`${size} bytes and one more`, async (t) => {
    const hasher = new PieceHasher(size, PIECE)
    t.throws(() => hasher.update(Buffer.alloc(size + 1)), RangeError)
    t.equal(hasher.missing, size, 'of which none was taken')
    hasher.update(content)
    t.throws(() => hasher.update(Buffer.alloc(1)), RangeError)
    t.same(Buffer.from(hasher.take()), expected, 'the right ones count')
  })
}

t.test('what is taken may be given away: it has a buffer of its own', async (t) => {
  const hasher = new PieceHasher(2 * PIECE, PIECE)
  hasher.update(contentAt(1, 0, PIECE))
  const { buffer, byteLength } = hasher.take()
  t.equal(buffer.byteLength, byteLength)
  hasher.update(contentAt(1, PIECE, PIECE))
  t.same(Buffer.from(hasher.take()), digestsOf(contentAt(1, 0, 2 * PIECE)).subarray(20))
})

t.test('the bytes may change after they were taken', async (t) => {
  const hasher = new PieceHasher(PIECE, PIECE)
  const buffer = Buffer.alloc(1024)
  for (let at = 0; at < PIECE; at += buffer.length) {
    contentAt(1, at, buffer.length).copy(buffer)
    hasher.update(buffer)
    buffer.fill(0)
  }
  t.same(Buffer.from(hasher.take()), digestsOf(contentAt(1, 0, PIECE)))
})
