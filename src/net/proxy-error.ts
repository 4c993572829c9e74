import type { Proxy } from './proxies.js'

/**
 * What a proxy said, or that it said nothing: no answer of who is behind it. `message` is a sentence without its end,
 * and without a password.
 */
export class ProxyError extends Error {
  override name = 'ProxyError'
}

/** A proxy that did not let through to `place`, host and port. */
export function proxyRefusal (proxy: Proxy, place: string, status: number): ProxyError {
  const { label, variable, authorization } = proxy
  if (status === 407) {
    return new ProxyError(authorization === undefined
      ? `the proxy ${label} wants a user and a password (407): write them into ${variable}, as ` +
        'http://user:password@host:port'
      : `the proxy ${label} does not take the user and the password of ${variable} (407)`)
  }
  if (status >= 500) {
    return new ProxyError(
      `the proxy ${label} does not get through to ${place} (${status}); check ${variable} and NO_PROXY`
    )
  }
  return new ProxyError(
    `the proxy ${label} does not let us through to ${place} (${status}); check ${variable} and NO_PROXY`
  )
}

/** A proxy that could not be asked. */
export function proxyFailure ({ label, variable }: Proxy, cause: unknown): ProxyError {
  return cause instanceof ProxyError
    ? cause
    : new ProxyError(`the proxy ${label} of ${variable} could not be asked`, {
      cause
    })
}

/** Whether an answer that came through a proxy is the proxy's own. Without a tunnel nothing else tells. */
export function isProxyAnswer (status: number, headers: Readonly<Record<string, unknown>>): boolean {
  return status === 407 || (status >= 400 && 'x-squid-error' in headers)
}
