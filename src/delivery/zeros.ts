import type { ByteSink } from '../objects/byte-sink.js'
import type { Part } from '../objects/objects.js'
import type { Bandwidth } from './bandwidth.js'

/** What pads are made of (BEP 47). */
export const ZEROS = Buffer.alloc(64 * 1024)

/** Bytes of a pad into `sink`. @throws what the sink throws, the signal's reason */
export async function pourZeros (
  { first, last }: Part, client: string, bandwidth: Bandwidth, sink: ByteSink, signal: AbortSignal
): Promise<void> {
  for (let left = last - first + 1; left > 0; left -= ZEROS.length) {
    const slice = ZEROS.subarray(0, left)
    await bandwidth.take(client, slice.length, signal)
    await sink.take(slice)
    signal.throwIfAborted()
  }
}
