import { Readable } from 'node:stream'
import { httpDate } from '../util/http-date.js'
import { formatRange } from './byte-range.js'
import { CALL_LIMITS } from './call-limits.js'
import { OriginRefusal, OriginUnavailable } from './origin.js'
import type { DirectRead, ObjectAddress, ObjectHead, ObjectRead, Origin, ReadOptions, RefusalCode, Requester } from './origin.js'
import { stallLimit } from './stall-limit.js'

const STALL_MS = 15_000
const BY_STATUS: Readonly<Record<number, RefusalCode>> = { 401: 'AccessDenied', 403: 'AccessDenied', 404: 'NoSuchKey', 410: 'NoSuchKey', 412: 'PreconditionFailed', 416: 'InvalidRange', 429: 'SlowDown' }

/**
 * One URL of any web server as an origin of one object, whose address says nothing. Asked by GET alone, because presigned URLs allow
 * no other method. Without a strong ETag its `etag` is '', and the same Last-Modified and size must do.
 */
export class HttpOrigin implements Origin {
  readonly #url: string
  readonly #authorization: Readonly<Record<string, string>>
  /** Where redirects have led. */
  #final: URL

  constructor (url: URL) {
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
    await response.body?.cancel()
    if (response.status === 416) return { ...described(response), size: 0 }
    assertOk(response)
    this.#final = new URL(response.url)
    return described(response)
  }

  async read (_object: ObjectAddress, _requester: Requester, { range, ifMatch }: ReadOptions, signal: AbortSignal): Promise<ObjectRead> {
    const response = await this.#get({ ...(range && { range: formatRange(range) }), ...(ifMatch && { 'if-match': ifMatch }) }, signal)
    try {
      assertOk(response)
      const head = described(response)
      if (ifMatch && head.etag !== ifMatch) throw new OriginRefusal('PreconditionFailed') // a server that ignores If-Match
      const part = partOf(response)
      const length = part === 'whole' ? head.size : part.last - part.first + 1
      if (range !== undefined && part !== 'whole' && !('first' in range && range.first === part.first && range.last === part.last)) throw new OriginUnavailable('the server answered another part')
      if (response.body === null) throw new OriginUnavailable('the server answered no body')
      const body = Readable.fromWeb(response.body)
      body.on('error', () => {}) // who reads is told; nobody may be reading anymore
      return { ...head, part, body: stallLimit(body, { length, ms: STALL_MS, signal }) }
    } catch (error) {
      await response.body?.cancel()
      throw error
    }
  }

  async directRead (_object: ObjectAddress, _requester: Requester, { etag, size }: ObjectHead, { first, last }: { first: number, last: number }): Promise<DirectRead> {
    const { protocol, hostname: host, host: hostHeader, port, pathname, search, origin } = this.#final
    const tls = protocol === 'https:'
    const authorization = origin === new URL(this.#url).origin ? this.#authorization : {}
    const headers = { host: hostHeader, 'user-agent': 'object-torrent', 'accept-encoding': 'identity', range: formatRange({ first, last }), 'if-match': etag, ...authorization }
    return { kind: 'http', request: { host, port: port === '' ? (tls ? 443 : 80) : Number(port), tls, path: pathname + search, headers, etag, first, last, size } }
  }

  async headBucket (): Promise<void> {}

  ownerMatches (): Promise<boolean> {
    return Promise.resolve(false)
  }

  async #get (headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const over = new AbortController()
    const timer = setTimeout(() => over.abort(new OriginUnavailable('no answer in time')), CALL_LIMITS.connectMs + CALL_LIMITS.answerMs)
    try {
      return await fetch(this.#url, { headers: { 'user-agent': 'object-torrent', 'accept-encoding': 'identity', ...headers, ...this.#authorization }, signal: AbortSignal.any([signal, over.signal]) })
    } catch (cause) {
      signal.throwIfAborted()
      throw cause instanceof OriginUnavailable ? cause : new OriginUnavailable('the server could not be asked', { cause })
    } finally {
      clearTimeout(timer)
    }
  }
}

/** `user:password` of a URL as Basic takes it; undefined where an escape in it is none. */
export function credentialsOf ({ username, password }: URL): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    return undefined
  }
}

function assertOk ({ status, headers }: Response): void {
  const code = BY_STATUS[status]
  if (code !== undefined) throw new OriginRefusal(code)
  if (status !== 200 && status !== 206) throw new OriginUnavailable(`the server answered ${status}`)
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding !== 'identity') throw new OriginUnavailable(`the server answered in Content-Encoding ${encoding}`)
}

function described ({ status, headers }: Response): ObjectHead {
  const etag = headers.get('etag') ?? ''
  const size = status === 206 ? /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1] : headers.get('content-length')
  if (status !== 416 && !size) throw new OriginUnavailable('the server does not say how many bytes there are')
  return {
    size: Number(size),
    etag: etag.startsWith('"') ? etag : '',
    lastModified: httpDate(headers.get('last-modified') ?? '') ?? new Date(0),
    requestCharged: false,
    headers: {}
  }
}

function partOf ({ status, headers }: Response): ObjectRead['part'] {
  if (status === 200) return 'whole'
  const [, first, last] = /^bytes (\d+)-(\d+)\/\d+$/.exec(headers.get('content-range') ?? '') ?? []
  if (first === undefined) throw new OriginUnavailable('the server answered a part without a Content-Range')
  return { first: Number(first), last: Number(last) }
}
