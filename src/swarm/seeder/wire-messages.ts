import type { BlockRequest } from './block-requests.js'

/**
 * The messages of the peer wire that are read or written here: BEP 3, BEP 6 (13 to 17), BEP 10 (20), BEP 52 (21 to 23).
 */
export const MESSAGE = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
  hashRequest: 21,
  hashes: 22,
  hashReject: 23
} as const

export const PROTOCOL = Buffer.from('\x13BitTorrent protocol', 'latin1')
export const HANDSHAKE_BYTES = 68
/** BEP 10: the extension protocol, the sixth reserved byte; BEP 6: the fast extension, and BEP 52, the last one. */
export const RESERVED = {
  extended: { byte: 5, bit: 0x10 }, fast: { byte: 7, bit: 0x04 }, version2: { byte: 7, bit: 0x10 }
} as const
export const KEEP_ALIVE = Buffer.alloc(4)
/** What a piece message is before its block: the length, the id, which piece, from which byte of it. */
export const PIECE_HEADER_BYTES = 13

/**
 * BEP 3. @param infoHash 20 bytes @param peerId 20 bytes
 * @param version2 whether the torrent has version 2 (BEP 52): of others libtorrent takes it for an error
 */
export function handshake (infoHash: Buffer, peerId: Buffer, version2: boolean): Buffer {
  const { extended, fast, version2: two } = RESERVED
  const reserved = Buffer.alloc(8)
  for (const { byte, bit } of [extended, fast, ...version2 ? [two] : []]) reserved[byte] = (reserved[byte] ?? 0) | bit
  return Buffer.concat([PROTOCOL, reserved, infoHash, peerId])
}

export function message (id: number, ...payload: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from([id]), ...payload])
  bytes.writeUInt32BE(bytes.length - 4)
  return bytes
}

/** BEP 6: an answer to a request that gets no block. */
export function reject ({ index, offset, length }: BlockRequest): Buffer {
  const bytes = Buffer.allocUnsafe(17)
  bytes.writeUInt32BE(13)
  bytes[4] = MESSAGE.reject
  bytes.writeUInt32BE(index, 5)
  bytes.writeUInt32BE(offset, 9)
  bytes.writeUInt32BE(length, 13)
  return bytes
}

/** Writes what is before a block, PIECE_HEADER_BYTES. */
export function writePieceHeader (target: Buffer, at: number, { index, offset, length }: BlockRequest): void {
  target.writeUInt32BE(9 + length, at)
  target[at + 4] = MESSAGE.piece
  target.writeUInt32BE(index, at + 5)
  target.writeUInt32BE(offset, at + 9)
}
