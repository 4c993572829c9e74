import { createHash } from 'node:crypto'

/**
 * The SHA-1 digests of an object's pieces, 20 bytes each, in order; all that a chunk completed come as one buffer.
 * The last digest comes only after `body` has ended whole, so a reader that has them all has them right.
 * @param size bytes that `body` must have
 * @throws RangeError when it has fewer or more; and whatever `body` throws
 */
export async function * pieceDigests (body: AsyncIterable<Uint8Array>, size: number, pieceLength: number): AsyncGenerator<Buffer> {
  let piece = createHash('sha1')
  let received = 0
  for await (const chunk of body) {
    const digests: Buffer[] = []
    let rest = chunk
    while (rest.length > 0) {
      const part = rest.subarray(0, pieceLength - received % pieceLength)
      piece.update(part)
      received += part.length
      rest = rest.subarray(part.length)
      if (received % pieceLength === 0 && received < size) {
        digests.push(piece.digest())
        piece = createHash('sha1')
      }
    }
    if (received > size) throw new RangeError(`the object has more than the ${size} bytes it had`)
    if (digests.length > 0) yield Buffer.concat(digests)
  }
  if (received < size) throw new RangeError(`the object has ${received} of the ${size} bytes it had`)
  if (size > 0) yield piece.digest()
}
