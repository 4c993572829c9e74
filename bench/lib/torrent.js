import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import bencode from 'bencode'

const DIGEST_BYTES = 20
const expected = new Map()

/** Throws unless `torrent` has the length of `object` and every digest, by node's own SHA-1 of the file. */
export function checkTorrent (torrent, object) {
  const { info } = bencode.decode(torrent)
  const right = digestsOf(object, info['piece length'])
  if (info.length !== object.size) {
    throw new Error(`wrong torrent of ${object.key}: length ${info.length}, not ${object.size}`)
  }
  if (!right.equals(info.pieces)) {
    throw new Error(`wrong torrent of ${object.key}: its digests are not those of the object`)
  }
}

/** The digests of the pieces, one after the other. */
export function digestsOf ({ path, size }, pieceLength) {
  const id = `${path} ${pieceLength}`
  if (!expected.has(id)) expected.set(id, hashPieces(path, size, pieceLength))
  return expected.get(id)
}

/** SHA-1 of the whole object, in hexadecimal. */
export const sha1Of = (object) => digestsOf(object, object.size).toString('hex')

/** In hexadecimal. */
export const infoHashOf = (torrent) => createHash('sha1').update(bencode.encode(bencode.decode(torrent).info)).digest(
  'hex'
)

/** The URL of the only web seed of a torrent (BEP 19). Throws where there is none. */
export function webSeedOf (torrent) {
  const { 'url-list': list } = bencode.decode(torrent)
  const [url, ...more] = [list ?? []].flat()
  if (url === undefined || more.length > 0) throw new Error('the torrent has not one web seed')
  return Buffer.from(url).toString()
}

/** The piece length that the server chooses: the power of two that makes 1,024 to 2,048 pieces. */
export function pieceLengthOf ({ size }) {
  return Math.min(Math.max(2 ** Math.ceil(Math.log2(size / 2048)), 16 << 10), 16 << 20)
}

/** Where the digests lie in a torrent of which at least the beginning is known. */
export function digestsWithin (torrent, { size }) {
  const length = Math.ceil(size / pieceLengthOf({ size })) * DIGEST_BYTES
  const label = `6:pieces${length}:`
  const at = torrent.indexOf(label)
  return at < 0 ? undefined : { first: at + label.length, length }
}

function hashPieces (path, size, pieceLength) {
  const file = openSync(path, 'r')
  const block = Buffer.alloc(1 << 20)
  const digests = []
  try {
    for (let start = 0; start < size; start += pieceLength) {
      const piece = createHash('sha1')
      const end = Math.min(start + pieceLength, size)
      for (let at = start; at < end;) {
        const count = readSync(file, block, 0, Math.min(block.length, end - at), at)
        piece.update(block.subarray(0, count))
        at += count
      }
      digests.push(piece.digest())
    }
  } finally {
    closeSync(file)
  }
  return Buffer.concat(digests)
}
