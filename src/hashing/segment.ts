/** Consecutive pieces that are read by one ranged GET and hashed together. */
export interface Segment {
  readonly firstPiece: number
  readonly pieces: number
}

const MAX_SEGMENT_BYTES = 32 * 1024 * 1024
const MIN_SEGMENT_BYTES = 8 * 1024 * 1024
// So that the readers end at about the same time.
const SEGMENTS_EACH = 4

/**
 * Cuts what is missing of an object into segments of 8 to 32 MiB (one piece, where pieces are larger): small enough
 * that `readers` of them keep busy to the end, large enough that the wait for the first byte does not count. Where it
 * counts, `growth` times as long, up to one for each reader.
 */
export function planSegments (
  missing: readonly Segment[], pieceLength: number, readers: number, growth = 1
): Segment[] {
  const bytes = missing.reduce((sum, { pieces }) => sum + pieces, 0) * pieceLength
  const usual = Math.min(MAX_SEGMENT_BYTES, Math.max(MIN_SEGMENT_BYTES, bytes / readers / SEGMENTS_EACH))
  const wanted = Math.max(usual, Math.min(usual * growth, Math.ceil(bytes / pieceLength / readers) * pieceLength))
  const most = Math.max(1, Math.floor(wanted / pieceLength))
  return missing.flatMap(({ firstPiece, pieces }) => Array.from({ length: Math.ceil(pieces / most) }, (_, i) => ({
    firstPiece: firstPiece + i * most, pieces: Math.min(most, pieces - i * most)
  })))
}

/** The runs of pieces that segments cover, those that follow one another as one. */
export function runsOf (segments: readonly Segment[]): Segment[] {
  const runs: Array<{ firstPiece: number, pieces: number }> = []
  for (const { firstPiece, pieces } of segments) {
    const last = runs.at(-1)
    if (last !== undefined && last.firstPiece + last.pieces === firstPiece) last.pieces += pieces
    else runs.push({ firstPiece, pieces })
  }
  return runs
}
