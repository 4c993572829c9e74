import type { ByteSink } from '../objects/byte-sink.js'
import type { Part } from '../objects/objects.js'
import { zeros } from '../util/zeros.js'
import type { Bandwidth } from './bandwidth.js'

/** Bytes of a pad into `sink`. @throws what the sink throws, the signal's reason */
export async function pourZeros (
  { first, last }: Part, client: string, bandwidth: Bandwidth, sink: ByteSink, signal: AbortSignal
): Promise<void> {
  for (const some of zeros(last - first + 1)) {
    await bandwidth.take(client, some.length, signal)
    await sink.take(some)
    signal.throwIfAborted()
  }
}
