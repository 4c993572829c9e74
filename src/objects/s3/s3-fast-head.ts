import type { Dispatcher } from 'undici'
import { CALL_LIMITS } from '../limits.js'
import { readEtag } from '../../s3/etag.js'
import { lastModifiedOf } from '../last-modified.js'
import type { ObjectAddress } from '../../s3/object-address.js'
import type { ObjectHead } from '../objects.js'
import type { Requester } from '../requester.js'
import { outboundAgent } from '../transport/outbound-dispatcher.js'
import { targetOf } from './s3-requests.js'
import type { S3Request, S3Requests } from './s3-requests.js'

const MAX_HEAD_BYTES = 16 * 1024
/** Buckets of one endpoint in virtual-hosted style; where there are more at once, the SDK asks. */
const MAX_HOSTS = 256

/**
 * HeadObject in one try, for the call that every answer waits for. Whatever is not 200 with all that a head needs is
 * for the SDK, which knows retries and errors. Whoever makes it closes it.
 */
export class S3FastHead {
  readonly #requests: S3Requests
  readonly #agent: Dispatcher

  constructor (requests: S3Requests) {
    this.#requests = requests
    this.#agent = outboundAgent(requests.outbound, {
      connections: 2 * CALL_LIMITS.calls, // of clients, and as many of tracker and seeder
      pipelining: 1,
      maxOrigins: MAX_HOSTS,
      headersTimeout: CALL_LIMITS.answerMs,
      bodyTimeout: CALL_LIMITS.answerMs,
      maxHeaderSize: MAX_HEAD_BYTES,
      connectMs: CALL_LIMITS.connectMs
    })
  }

  /** @returns the head, or the status of another answer; undefined where there was none. @throws the signal's reason */
  async head (
    object: ObjectAddress, requester: Requester, signal: AbortSignal
  ): Promise<ObjectHead | number | undefined> {
    try {
      const request = await this.#requests.signed('HEAD', object, requester)
      signal.throwIfAborted()
      const { status, headers } = await this.#asked(request, signal)
      const etag = readEtag(headers['etag'])
      const { 'content-length': length = '' } = headers
      if (status !== 200 || etag === undefined || !/^\d+$/.test(length)) return status
      return {
        size: Number(length),
        etag,
        lastModified: lastModifiedOf(headers),
        requestCharged: headers['x-amz-request-charged'] === 'requester',
        headers
      }
    } catch {
      signal.throwIfAborted()
      return undefined
    }
  }

  /** The status of any answer that the endpoint gives; undefined where there is none. @throws the signal's reason */
  async endpointStatus (signal: AbortSignal): Promise<number | undefined> {
    try {
      return (await this.#asked(this.#requests.root(), signal)).status
    } catch {
      signal.throwIfAborted()
      return undefined
    }
  }

  async close (): Promise<void> {
    await this.#agent.destroy()
  }

  // What a proxy says itself is no answer: the SDK's handler says so in words.
  async #asked (request: S3Request, signal: AbortSignal): Promise<{ status: number, headers: Record<string, string> }> {
    const answer = await this.#send(request, signal)
    const refusal = this.#requests.outbound.proxyRefusal(request, request.hostname, answer.status, answer.headers)
    if (refusal !== undefined) throw refusal
    return answer
  }

  #send (request: S3Request, signal: AbortSignal): Promise<{ status: number, headers: Record<string, string> }> {
    const { protocol, headers } = request
    return new Promise((resolve, reject) => {
      let answer: { status: number, headers: Record<string, string> }
      let stop: () => void = () => {}
      const end = (): void => signal.removeEventListener('abort', stop)
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: (controller) => {
          stop = () => controller.abort(signal.reason as Error)
          if (signal.aborted) stop()
          else signal.addEventListener('abort', stop, { once: true })
        },
        onResponseStart: ({ rawHeaders }, status) => { answer = { status, headers: decoded(rawHeaders as Buffer[]) } },
        onResponseEnd: () => {
          end()
          resolve(answer)
        },
        onResponseError: (_, error) => {
          end()
          reject(error)
        }
      }
      // Undici would close the connection behind a HEAD, for fear of servers that send a body; it sees those all the
      // same.
      this.#agent.dispatch(
        { origin: `${protocol}//${headers['host']}`, path: targetOf(request), method: 'HEAD', headers, reset: false },
        handler
      )
    })
  }
}

// As node:http does: bytes as they are, and values of one name joined. Undici itself would take them for UTF-8.
function decoded (raw: readonly Buffer[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]?.toString('latin1').toLowerCase() ?? ''
    const value = raw[i + 1]?.toString('latin1') ?? ''
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  return headers
}
