/** The bitfield (BEP 3) of a peer that has every piece; bits behind the last piece are 0. */
export function bitfieldOfAll (pieces: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(pieces / 8), 0xFF)
  const spare = bytes.length * 8 - pieces
  if (spare > 0) bytes[bytes.length - 1] = 0xFF << spare & 0xFF
  return bytes
}
