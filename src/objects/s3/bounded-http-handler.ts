import { Readable } from 'node:stream'
import type { Outbound } from '../../net/outbound.js'
import { OutboundHttpHandler } from '../../net/outbound-http-handler.js'
import { within } from '../../util/timeout.js'
import { CALL_LIMITS } from '../limits.js'
import { OriginUnavailable } from '../origin-errors.js'

const MAX_DOCUMENT_BYTES = 64 * 1024
/** A thousand of the longest keys, escaped. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024

/**
 * The SDK's HTTP handler with limits: on the waits, and on what is read into memory. Every body but an object's (200 or
 * 206 of a GetObject) is a document of 64 KiB, or of a page of a listing, at most without a DOCTYPE; anything else is
 * OriginUnavailable, or, of an answer whose status says enough, the page of a proxy before the store: it counts for
 * nothing. Redirects are not followed. It has no limit on how many calls there are at once: those who call have one,
 * each of their own, and nobody waits for somebody else's.
 */
export class BoundedHttpHandler extends OutboundHttpHandler {
  constructor (outbound: Outbound) {
    super(outbound, CALL_LIMITS)
  }

  override async handle (
    ...args: Parameters<OutboundHttpHandler['handle']>
  ): ReturnType<OutboundHttpHandler['handle']> {
    const [request] = args
    const answer = await super.handle(...args)
    const { response } = answer
    const isObject = request.method === 'GET' && request.query?.['x-id'] === 'GetObject' &&
      (response.statusCode === 200 || response.statusCode === 206)
    if (!isObject && response.body instanceof Readable) {
      const read = document(response.body, isPage(request) ? MAX_PAGE_BYTES : MAX_DOCUMENT_BYTES)
      const bytes = response.statusCode < 300 ? await read : await read.then(errorOnly, () => NOTHING)
      response.body = Readable.from([bytes])
    }
    return answer
  }
}

type Request = Parameters<OutboundHttpHandler['handle']>[0]

// A listing of one key is asked for its error alone.
function isPage ({ query }: Request): boolean {
  return query?.['list-type'] === '2' && query['max-keys'] !== '1'
}

// S3's error document, in the one form that S3 has: whatever else a refusal comes with was written by somebody before
// the store.
function errorOnly (text: Buffer): Buffer {
  const [, before] = /^((?:\xEF\xBB\xBF)?\s*)(?:<\?xml[^>]*\?>\s*)?<(?:Error|ErrorResponse)[\s>]/.exec(
    text.toString('latin1', 0, 1024)
  ) ?? []
  return before === undefined ? NOTHING : text.subarray(before.length)
}

const NOTHING = Buffer.alloc(0)

async function document (body: Readable, maxBytes: number): Promise<Buffer> {
  const text = await within(bytesOf(body, maxBytes), CALL_LIMITS.answerMs, 'late').finally(() => body.destroy())
  if (text === 'late') throw new OriginUnavailable('the origin did not finish its answer')
  if (/<!(DOCTYPE|ENTITY)/i.test(text.toString('latin1'))) {
    throw new OriginUnavailable('the origin answered XML with a document type definition')
  }
  return text
}

async function bytesOf (body: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new OriginUnavailable(`the origin answered a document over ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
