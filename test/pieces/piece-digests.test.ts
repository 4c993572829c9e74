import { createHash, randomBytes } from 'node:crypto'
import t from 'tap'
import { pieceDigests } from '../../src/pieces/piece-digests.js'

const PIECE = 16384

async function * inChunks (bytes: Buffer, chunk: number) {
  for (let i = 0; i < bytes.length; i += chunk) yield bytes.subarray(i, i + chunk)
}

async function collect (digests: AsyncIterable<Buffer>): Promise<string[]> {
  const all: Buffer[] = []
  for await (const buffer of digests) all.push(buffer)
  return Buffer.concat(all).toString('hex').match(/.{40}/g) ?? []
}

const expected = (bytes: Buffer) => Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) =>
  createHash('sha1').update(bytes.subarray(i * PIECE, (i + 1) * PIECE)).digest('hex'))

t.test('any size in any chunks', async (t) => {
  for (const size of [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5]) {
    const bytes = randomBytes(size)
    for (const chunk of [1000, PIECE, PIECE * 2 + 3, 1 << 20]) {
      t.strictSame(await collect(pieceDigests(inChunks(bytes, chunk), size, PIECE)), expected(bytes), `${size} bytes in chunks of ${chunk}`)
    }
  }
})

t.test('a body that is short or long gives no last digest', async (t) => {
  for (const size of [2 * PIECE, 2 * PIECE + 1]) {
    for (const announced of [size + 1, size - 1]) {
      const seen: Buffer[] = []
      await t.rejects(async () => {
        for await (const buffer of pieceDigests(inChunks(randomBytes(size), 999), announced, PIECE)) seen.push(buffer)
      }, RangeError)
      t.ok(Buffer.concat(seen).length < Math.ceil(announced / PIECE) * 20)
    }
  }
})

t.test('an even last piece waits for the end of the body', async (t) => {
  let ended = false
  async function * body () { yield randomBytes(PIECE); yield randomBytes(PIECE); ended = true }
  const digests = pieceDigests(body(), 2 * PIECE, PIECE)
  await digests.next()
  t.equal(ended, false)
  await digests.next()
  t.equal(ended, true)
})
