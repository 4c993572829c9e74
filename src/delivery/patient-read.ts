import type { ByteSink } from '../objects/byte-sink.js'
import { DELIVERY_LIMITS } from '../objects/limits.js'
import type { Part } from '../objects/objects.js'
import { OriginUnavailable } from '../objects/origin-errors.js'
import type { PartReads } from '../objects/part-reads.js'
import type { Requester } from '../objects/requester.js'
import { withDeadline } from '../util/timeout.js'
import type { Deadline } from '../util/timeout.js'
import type { Content } from './content.js'
import { retryWhileUnavailable } from './retry-while-unavailable.js'

const { silenceMs } = DELIVERY_LIMITS
const SILENT = new OriginUnavailable(`no byte from the origin for ${silenceMs / 1000} s`)
const ENOUGH = new Error('the origin gives more than was asked for')

/**
 * Bytes `first` to `last` of this very version into `sink`; a read that breaks off is continued from the byte where it
 * broke.
 * @throws as retryWhileUnavailable; OriginRefusal PreconditionFailed; what the sink throws
 */
export async function readPatiently (
  origin: PartReads,
  requester: Requester,
  { object, etag, size, contentEncoding }: Content,
  { first, last }: Part,
  sink: ByteSink,
  signal: AbortSignal
): Promise<void> {
  const headers: Record<string, string> = contentEncoding === undefined ? {} : { 'content-encoding': contentEncoding }
  const version = { etag, size, headers }
  let next = first
  let progress = performance.now()
  const readOn = async (silence: Deadline): Promise<void> => {
    const opened = await origin.open(object, requester, version, { first: next, last }, silence.signal)
    try {
      if (opened.part === 'whole' && next > 0) throw new OriginUnavailable('the origin ignored the range')
      await opened.pour({
        room: () => {
          if (next > last) throw ENOUGH
          return sink.room()
        },
        take: (bytes) => {
          next += bytes.length
          progress = performance.now()
          silence.refresh()
          return sink.take(bytes)
        }
      })
    } catch (error) {
      if (error !== ENOUGH) throw error
    } finally {
      opened.close()
    }
  }
  await retryWhileUnavailable(() => withDeadline(silenceMs, SILENT, signal, readOn), signal, () => progress)
}
