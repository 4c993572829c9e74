import type { Dispatcher } from 'undici'
import { Outbound } from '../../net/outbound.js'
import { formatRange, resolveRange } from '../../s3/byte-range.js'
import { EtagSpellings } from '../../s3/etag.js'
import type { ObjectAddress } from '../../s3/object-address.js'
import { withDeadline } from '../../util/timeout.js'
import { CALL_LIMITS, STALL_MS } from '../limits.js'
import type { ObjectHead, ObjectRead, Objects, Part, ReadOptions } from '../objects.js'
import { OriginRefusal, OriginUnavailable } from '../origin-errors.js'
import type { Requester } from '../requester.js'
import { followedGet, targetOf } from '../transport/followed-get.js'
import type { FollowedAnswer, GetTarget } from '../transport/followed-get.js'
import { outboundAgent } from '../transport/outbound-dispatcher.js'
import { routed } from '../transport/range-route.js'
import { stallLimit } from '../transport/stall-limit.js'
import type { WorkerRead } from '../worker-read.js'
import { assertOk, described, partOf } from './http-answer.js'

const MAX_REDIRECTS = 20

/**
 * One URL of any web server as an origin of one object, whose address says nothing. Asked by GET alone, because
 * presigned URLs allow no other method, and read as it is stored, whatever its Content-Encoding. Without a strong ETag
 * its `etag` is '', and the same Last-Modified and size must do. Whoever makes it closes it.
 */
export class HttpOrigin implements Objects {
  readonly #outbound: Outbound
  readonly #agent: Dispatcher
  readonly #target: GetTarget
  readonly #spellings = new EtagSpellings()
  /** Where redirects have led. */
  #final: URL

  constructor (url: URL, outbound = Outbound.direct) {
    this.#outbound = outbound
    this.#agent = outboundAgent(outbound, { connectMs: CALL_LIMITS.connectMs })
    this.#target = targetOf(url)
    this.#final = this.#target.url
  }

  get name (): string {
    return this.#target.url.href
  }

  async head (_object: ObjectAddress, _requester: Requester, signal: AbortSignal): Promise<ObjectHead> {
    const response = await this.#get({ range: 'bytes=0-0' }, signal)
    response.body.destroy()
    if (response.status === 416) return { ...described(response), size: 0 }
    assertOk(response)
    this.#final = response.url
    this.#spellings.note(response.headers['etag'])
    return described(response)
  }

  async read (
    _object: ObjectAddress, _requester: Requester, { range, ifMatch }: ReadOptions, signal: AbortSignal
  ): Promise<ObjectRead> {
    const response = await this.#get(
      { ...(range && { range: formatRange(range) }), ...(ifMatch && { 'if-match': this.#spellings.of(ifMatch) }) },
      signal
    )
    try {
      assertOk(response)
      const head = described(response)
      // A server that ignores If-Match.
      if (ifMatch && head.etag !== ifMatch) throw new OriginRefusal('PreconditionFailed')
      const part = partOf(response)
      const length = part === 'whole' ? head.size : part.last - part.first + 1
      const asked = range && resolveRange(range, head.size)
      if (part !== 'whole' && !(asked?.first === part.first && asked.last === part.last)) {
        throw new OriginUnavailable('the server answered another part')
      }
      return { ...head, part, body: stallLimit(response.body, { length, ms: STALL_MS, signal }) }
    } catch (error) {
      response.body.destroy()
      throw error
    }
  }

  async workerRead (
    _object: ObjectAddress, _requester: Requester, { etag, size, headers: own }: ObjectHead, { first, last }: Part
  ): Promise<WorkerRead> {
    const { protocol, hostname: host, host: hostHeader, port, pathname, search, origin } = this.#final
    const tls = protocol === 'https:'
    const headers = {
      host: hostHeader,
      'user-agent': 'object-torrent',
      'accept-encoding': 'identity',
      range: formatRange({ first, last }),
      'if-match': this.#spellings.of(etag),
      ...(origin === this.#target.url.origin && this.#target.authorization)
    }
    const way = routed(
      { host, port: port === '' ? (tls ? 443 : 80) : Number(port), tls, path: pathname + search, headers },
      this.#outbound
    )
    return { kind: 'http', request: { ...way, etag, contentEncoding: own['content-encoding'], first, last, size } }
  }

  async close (): Promise<void> {
    await this.#agent.destroy()
  }

  async #get (headers: Record<string, string>, signal: AbortSignal): Promise<FollowedAnswer> {
    try {
      return await withDeadline(CALL_LIMITS.connectMs + CALL_LIMITS.answerMs, LATE, signal, ({ signal }) => followedGet(
        this.#agent, this.#outbound, this.#target, { maxRedirects: MAX_REDIRECTS, headers, signal }
      ))
    } catch (cause) {
      signal.throwIfAborted()
      throw cause === LATE ? LATE : new OriginUnavailable('the server could not be asked', { cause })
    }
  }
}

const LATE = new OriginUnavailable('no answer in time')
