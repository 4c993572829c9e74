import type { Outbound } from '../net/outbound.js'
import { followedGet, targetOf } from '../objects/transport/followed-get.js'
import { outboundAgent } from '../objects/transport/outbound-dispatcher.js'

export interface Downloaded {
  /** Of the last answer, where redirects have led; 3xx: there are too many of them, or it names no other place. */
  readonly status: number
  /** Lower case; '' where there is none. */
  readonly contentType: string
  readonly bytes: Buffer
  /** False: there is more, which was not read. */
  readonly whole: boolean
}

export interface DownloadOptions {
  readonly maxBytes: number
  readonly signal: AbortSignal
  /** By which way servers are asked. */
  readonly outbound: Outbound
}

/** It took too long; `message` goes on from what was downloaded. */
export class DownloadTooSlow extends Error {
  override name = 'DownloadTooSlow'
}

const MAX_REDIRECTS = 10
const CONNECT_MS = 10_000
const ANSWER_MS = 30_000
/** A server sends a byte every three seconds while it hashes. */
const STALL_MS = 60_000
const LIMIT_MS = 10 * 60_000

/** What a server answers to a GET, whatever that is. @throws DownloadTooSlow, what undici throws */
export async function download (url: URL, { maxBytes, signal, outbound }: DownloadOptions): Promise<Downloaded> {
  const limit = AbortSignal.timeout(LIMIT_MS)
  const agent = outboundAgent(outbound, { connectMs: CONNECT_MS })
  try {
    const { status, headers, body } = await followedGet(agent, outbound, targetOf(url), {
      maxRedirects: MAX_REDIRECTS,
      headersTimeout: ANSWER_MS,
      bodyTimeout: STALL_MS,
      signal: AbortSignal.any([signal, limit])
    })
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body as AsyncIterable<Buffer>) { // ended early, it is destroyed
      chunks.push(chunk)
      size += chunk.length
      if (size > maxBytes) break
    }
    return {
      status,
      contentType: (headers['content-type'] ?? '').toLowerCase(),
      bytes: Buffer.concat(chunks).subarray(0, maxBytes),
      whole: size <= maxBytes
    }
  } catch (error) {
    signal.throwIfAborted()
    throw limit.aborted
      ? new DownloadTooSlow(`is not there after ${LIMIT_MS / 60_000} minutes`, { cause: error })
      : error
  } finally {
    await agent.destroy()
  }
}
