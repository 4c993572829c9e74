export const MIN_PIECE_LENGTH = 16 * 1024
export const MAX_PIECE_LENGTH = 16 * 1024 * 1024
const MAX_PIECES = 2048

const MiB = 2 ** 20
const GiB = 2 ** 30

/**
 * Of all under a prefix: it changes rarely while that grows, because then everything is hashed again.
 * @param size bytes of all objects
 */
export function autoPrefixPieceLength (size: number): number {
  return size <= 16 * GiB ? MiB : size <= 128 * GiB ? 4 * MiB : MAX_PIECE_LENGTH
}

/** The power of two, 16 KiB to 16 MiB, that cuts `size` bytes into 1,024 to 2,048 pieces where it can. */
export function autoPieceLength (size: number): number {
  let pieceLength = MIN_PIECE_LENGTH
  while (pieceLength < MAX_PIECE_LENGTH && size > pieceLength * MAX_PIECES) pieceLength *= 2
  return pieceLength
}
