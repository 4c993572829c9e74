/** Shared: nobody writes to it. */
const ZEROS = Buffer.alloc(64 * 1024)

/** So many bytes of zeros, in parts: what pads are made of (BEP 47). */
export function * zeros (bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left)
}
