import { Readable } from 'node:stream'
import { destroyOnAbort } from './destroy-on-abort.js'
import { OriginUnavailable } from '../origin-errors.js'

interface StallLimitOptions {
  readonly length: number
  readonly ms: number
  readonly signal: AbortSignal
}

/**
 * `body` with a limit on the wait for each chunk, counted only while somebody waits: a slow reader is no stall.
 * Holds one chunk at most. `length` bytes must come; fewer or more is OriginUnavailable.
 */
export function stallLimit (body: Readable, { length, ms, signal }: StallLimitOptions): Readable {
  const limited = Readable.from(checked(body, length, ms), { highWaterMark: 1 })
  destroyOnAbort(limited, signal)
  limited.once('close', () => body.destroy())
  return limited
}

async function * checked (body: Readable, length: number, ms: number): AsyncGenerator<Buffer> {
  const stalled = () => body.destroy(new OriginUnavailable(`no byte from the origin for ${ms / 1000} s`))
  let timer = setTimeout(stalled, ms)
  let received = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      clearTimeout(timer)
      received += chunk.length
      if (received > length) throw new OriginUnavailable(`the origin sent more than the ${length} bytes it announced`)
      yield chunk
      timer = setTimeout(stalled, ms)
    }
  } catch (cause) {
    throw cause instanceof OriginUnavailable ? cause : new OriginUnavailable('the origin broke off', { cause })
  } finally {
    clearTimeout(timer)
    body.destroy()
  }
  if (received < length) throw new OriginUnavailable(`the origin sent ${received} of ${length} bytes`)
}
