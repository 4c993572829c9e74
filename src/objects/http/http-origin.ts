import type { Readable } from 'node:stream'
import { interceptors, request } from 'undici'
import type { Dispatcher } from 'undici'
import { Outbound } from '../../net/outbound.js'
import { formatRange, parseContentRange, totalOf } from '../../s3/byte-range.js'
import { CALL_LIMITS } from '../transport/limits.js'
import { EtagSpellings, isWeak, readEtag } from '../../s3/etag.js'
import { lastModifiedOf } from '../last-modified.js'
import { OriginRefusal, OriginUnavailable } from '../origin.js'
import type { ObjectAddress } from '../../s3/object-address.js'
import type { DirectRead, ObjectHead, ObjectRead, Origin, ReadOptions, RefusalCode, Requester } from '../origin.js'
import { outboundAgent } from '../transport/outbound-dispatcher.js'
import { routed } from '../transport/range-route.js'
import { stallLimit } from '../transport/stall-limit.js'

const STALL_MS = 15_000
const MAX_REDIRECTS = 20
const BY_STATUS: Readonly<Record<number, RefusalCode>> = {
  401: 'AccessDenied',
  403: 'AccessDenied',
  404: 'NoSuchKey',
  410: 'NoSuchKey',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
  429: 'SlowDown'
}

/**
 * One URL of any web server as an origin of one object, whose address says nothing. Asked by GET alone, because
 * presigned URLs allow no other method, and read as it is stored, whatever its Content-Encoding. Without a strong ETag
 * its `etag` is '', and the same Last-Modified and size must do. Whoever makes it closes it.
 */
export class HttpOrigin implements Origin {
  readonly #url: string
  readonly #outbound: Outbound
  readonly #agent: Dispatcher
  readonly #authorization: Readonly<Record<string, string>>
  readonly #spellings = new EtagSpellings()
  /** Where redirects have led. */
  #final: URL

  constructor (url: URL, outbound = Outbound.direct) {
    this.#outbound = outbound
    this.#agent = outboundAgent(outbound, { connectMs: CALL_LIMITS.connectMs })
    const plain = new URL(url)
    plain.username = plain.password = plain.hash = ''
    this.#url = plain.href
    this.#final = plain
    const user = credentialsOf(url) ?? ':'
    this.#authorization = user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }
  }

  get name (): string {
    return this.#url
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
      if (range !== undefined && part !== 'whole' && !('first' in range && range.first === part.first &&
        range.last === part.last)) {
        throw new OriginUnavailable('the server answered another part')
      }
      return { ...head, part, body: stallLimit(response.body, { length, ms: STALL_MS, signal }) }
    } catch (error) {
      response.body.destroy()
      throw error
    }
  }

  async directRead (
    _object: ObjectAddress,
    _requester: Requester,
    { etag, size, headers: own }: ObjectHead,
    { first, last }: { first: number, last: number }
  ): Promise<DirectRead> {
    const { protocol, hostname: host, host: hostHeader, port, pathname, search, origin } = this.#final
    const tls = protocol === 'https:'
    const authorization = origin === new URL(this.#url).origin ? this.#authorization : {}
    const headers = {
      host: hostHeader,
      'user-agent': 'object-torrent',
      'accept-encoding': 'identity',
      range: formatRange({ first, last }),
      'if-match': this.#spellings.of(etag),
      ...authorization
    }
    const way = routed(
      { host, port: port === '' ? (tls ? 443 : 80) : Number(port), tls, path: pathname + search, headers },
      this.#outbound
    )
    return { kind: 'http', request: { ...way, etag, contentEncoding: own['content-encoding'], first, last, size } }
  }

  async headBucket (): Promise<void> {}

  ownerMatches (): Promise<boolean> {
    return Promise.resolve(false)
  }

  async close (): Promise<void> {
    await this.#agent.destroy()
  }

  // Not by fetch, which would decode what is stored in a Content-Encoding.
  async #get (headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    const over = new AbortController()
    const timer = setTimeout(
      () => over.abort(new OriginUnavailable('no answer in time')), CALL_LIMITS.connectMs + CALL_LIMITS.answerMs
    )
    try {
      const { statusCode: status, headers: received, body, context } = await request(this.#url, {
        dispatcher: this.#agent.compose(interceptors.redirect({ maxRedirections: MAX_REDIRECTS })),
        headers: { 'user-agent': 'object-torrent', 'accept-encoding': 'identity', ...headers, ...this.#authorization },
        signal: AbortSignal.any([signal, over.signal])
      })
      body.on('error', () => {}) // who reads is told; nobody may be reading anymore
      const { history = [] } = context as { history?: readonly URL[] }
      const url = history.at(-1) ?? new URL(this.#url)
      const refusal = this.#outbound.proxyRefusal(url, url.host, status, received)
      if (refusal !== undefined) {
        body.destroy()
        throw refusal
      }
      const flat = Object.fromEntries(
        Object.entries(received).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value ?? ''])
      )
      return { status, headers: flat, body, url }
    } catch (cause) {
      signal.throwIfAborted()
      throw over.signal.aborted
        ? over.signal.reason as Error
        : new OriginUnavailable('the server could not be asked', {
          cause
        })
    } finally {
      clearTimeout(timer)
    }
  }
}

interface Answer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** As it came: not decoded. */
  readonly body: Readable
  /** Where redirects have led. */
  readonly url: URL
}

/** `user:password` of a URL as Basic takes it; undefined where an escape in it is none. */
export function credentialsOf ({ username, password }: URL): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    return undefined
  }
}

function assertOk ({ status }: Answer): void {
  const code = BY_STATUS[status]
  if (code !== undefined) throw new OriginRefusal(code)
  if (status !== 200 && status !== 206) throw new OriginUnavailable(`the server answered ${status}`)
}

function described ({ status, headers }: Answer): ObjectHead {
  const etag = readEtag(headers['etag'])
  const size = status === 206 ? totalOf(headers['content-range']) : headers['content-length']
  if (status !== 416 && (size ?? '') === '') {
    throw new OriginUnavailable('the server does not say how many bytes there are')
  }
  const encoding = headers['content-encoding']
  return {
    size: Number(size),
    etag: etag === undefined || isWeak(etag) ? '' : etag,
    lastModified: lastModifiedOf(headers),
    requestCharged: false,
    headers: { ...(encoding !== undefined && { 'content-encoding': encoding }) }
  }
}

function partOf ({ status, headers }: Answer): ObjectRead['part'] {
  if (status === 200) return 'whole'
  const part = parseContentRange(headers['content-range'] ?? '')
  if (part === undefined) throw new OriginUnavailable('the server answered a part without a Content-Range')
  return part
}
