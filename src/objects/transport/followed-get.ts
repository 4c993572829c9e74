import type { Readable } from 'node:stream'
import { interceptors, request } from 'undici'
import type { Dispatcher } from 'undici'
import type { Outbound } from '../../net/outbound.js'
import { credentialsOf } from '../../util/url-credentials.js'

/** A URL as it is asked for: without user and fragment, which are sent in a header and not at all. */
export interface GetTarget {
  readonly url: URL
  /** Basic, of the URL's user and password; none without them. */
  readonly authorization: { readonly authorization?: string }
}

export interface FollowedGetOptions {
  readonly maxRedirects: number
  readonly signal: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
  readonly headersTimeout?: number
  readonly bodyTimeout?: number
}

export interface FollowedAnswer {
  /** 3xx: there are too many redirects, or the last one names no other place. */
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** As it came: not decoded. Whoever gets it destroys it. */
  readonly body: Readable
  /** Where redirects have led. */
  readonly url: URL
}

export function targetOf (given: URL): GetTarget {
  const url = new URL(given)
  url.username = url.password = url.hash = ''
  const user = credentialsOf(given) ?? ':'
  return {
    url, authorization: user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }
  }
}

/**
 * GET by way of an `outboundAgent`, redirects followed. Not by fetch, which would decode what is stored in a
 * Content-Encoding.
 * @throws what undici throws; what a proxy between answered itself
 */
export async function followedGet (
  agent: Dispatcher,
  outbound: Outbound,
  { url, authorization }: GetTarget,
  { maxRedirects, headers, ...options }: FollowedGetOptions
): Promise<FollowedAnswer> {
  const { statusCode: status, headers: received, body, context } = await request(url, {
    dispatcher: agent.compose(interceptors.redirect({ maxRedirections: maxRedirects })),
    headers: { 'user-agent': 'object-torrent', 'accept-encoding': 'identity', ...headers, ...authorization },
    ...options
  })
  body.on('error', () => {}) // the reader is told; there may be none anymore
  const { history = [] } = context as { history?: readonly URL[] }
  const final = history.at(-1) ?? url
  const refusal = outbound.proxyRefusal(final, final.host, status, received)
  if (refusal !== undefined) {
    body.destroy()
    throw refusal
  }
  const flat = Object.fromEntries(
    Object.entries(received).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value ?? ''])
  )
  return { status, headers: flat, body, url: final }
}
