import { DELIVERY_LIMITS } from '../objects/limits.js'
import { OriginUnavailable } from '../objects/origin-errors.js'
import type { Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import { withDeadline } from '../util/timeout.js'
import type { Deadline } from '../util/timeout.js'
import type { Content } from './content.js'
import { retryWhileUnavailable } from './retry-while-unavailable.js'

const { silenceMs } = DELIVERY_LIMITS
const SILENT = new OriginUnavailable(`no byte from the origin for ${silenceMs / 1000} s`)

/**
 * Bytes `first` to `last` of this very version; a read that breaks off is continued from the byte where it broke.
 * @throws as retryWhileUnavailable; OriginRefusal PreconditionFailed
 */
export async function readPatiently (
  origin: Objects,
  requester: Requester,
  { object, etag, size }: Content,
  { first, last }: { first: number, last: number },
  signal: AbortSignal
): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(last - first + 1)
  let length = 0
  let progress = performance.now()
  const readOn = async (silence: Deadline): Promise<void> => {
    const from = first + length
    const read = await origin.read(object, requester, { ifMatch: etag, range: { first: from, last } }, silence.signal)
    try {
      if (read.size !== size) {
        throw new OriginUnavailable(`the origin has ${read.size} of the ${size} bytes that it announced`)
      }
      if (read.part === 'whole' && from > 0) throw new OriginUnavailable('the origin ignored the range')
      for await (const chunk of read.body as AsyncIterable<Buffer>) {
        length += chunk.copy(bytes, length)
        silence.refresh()
        if (chunk.length > 0) progress = performance.now()
        if (length === bytes.length) return
      }
    } finally {
      read.body.destroy()
    }
    throw new OriginUnavailable('the origin broke off')
  }
  await retryWhileUnavailable(() => withDeadline(silenceMs, SILENT, signal, readOn), signal, () => progress)
  return bytes
}
