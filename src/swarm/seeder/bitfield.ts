/** The bitfield (BEP 3) of a peer that has every piece; bits behind the last piece are 0. */
export function bitfieldOfAll (pieces: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(pieces / 8), 0xFF)
  const spare = bytes.length * 8 - pieces
  if (spare > 0) bytes[bytes.length - 1] = 0xFF << spare & 0xFF
  return bytes
}

/** Whether a bitfield says that the peer has every piece. */
export function hasAll (bits: Buffer, pieces: number): boolean {
  const whole = pieces >>> 3
  const last = 0xFF << (8 - pieces % 8) & 0xFF
  if (bits.length !== Math.ceil(pieces / 8)) return false
  for (let i = 0; i < whole; i++) if (bits[i] !== 0xFF) return false
  return pieces % 8 === 0 || ((bits[whole] ?? 0) & last) === last
}
