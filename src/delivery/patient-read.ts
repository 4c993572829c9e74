import { setTimeout as sleep } from 'node:timers/promises'
import { OriginRedirect, OriginRefusal, OriginUnavailable, isVerdict } from '../objects/origin-errors.js'
import type { Objects } from '../objects/objects.js'
import type { Requester } from '../objects/requester.js'
import type { Content } from './content.js'

/** How long an origin may give nothing at all: what clients wait for (libtorrent 20 s). */
export const PATIENCE_MS = 15_000
const SILENCE_MS = 6_000
const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 2_000

/**
 * Asks until the origin answers, for 15 seconds at most.
 * @throws what it refused with; OriginUnavailable, or a refusal that is no verdict, after that time
 * @param progress performance.now() of the last thing it gave
 */
export async function patiently<T> (ask: () => Promise<T>, signal: AbortSignal, progress: () => number): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    try {
      return await ask()
    } catch (error) {
      signal.throwIfAborted()
      const passing = (error instanceof OriginUnavailable && !(error instanceof OriginRedirect)) ||
        (error instanceof OriginRefusal && !isVerdict(error))
      const wait = pause * (0.5 + Math.random() / 2)
      if (!passing || performance.now() + wait - progress() > PATIENCE_MS) throw error
      await sleep(wait, undefined, { signal })
    }
  }
}

/**
 * Bytes `first` to `last` of this very version; what breaks off goes on from the byte where it broke.
 * @throws as patiently; OriginRefusal PreconditionFailed
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
  await patiently(async () => {
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(SILENT), SILENCE_MS)
    try {
      const from = first + length
      const read = await origin.read(
        object, requester, { ifMatch: etag, range: { first: from, last } }, AbortSignal.any([signal, silence.signal])
      )
      try {
        if (read.size !== size) {
          throw new OriginUnavailable(`the origin has ${read.size} of the ${size} bytes that it announced`)
        }
        if (read.part === 'whole' && from > 0) throw new OriginUnavailable('the origin ignored the range')
        for await (const chunk of read.body as AsyncIterable<Buffer>) {
          length += chunk.copy(bytes, length)
          timer.refresh()
          if (chunk.length > 0) progress = performance.now()
          if (length === bytes.length) break
        }
      } finally {
        read.body.destroy()
      }
      if (length < bytes.length) throw new OriginUnavailable('the origin broke off')
    } catch (error) {
      throw silence.signal.aborted ? SILENT : error
    } finally {
      clearTimeout(timer)
    }
  }, signal, () => progress)
  return bytes
}

const SILENT = new OriginUnavailable(`no byte from the origin for ${SILENCE_MS / 1000} s`)
