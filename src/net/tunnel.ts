import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { Proxy } from './proxies.js'
import { ProxyError, proxyFailure, proxyRefusal } from './proxy-error.js'

export interface TunnelOptions {
  /** IPv6 addresses without brackets. */
  readonly host: string
  readonly port: number
  /** That the proxy itself is trusted by, where it is asked over TLS. */
  readonly secureContext?: SecureContext | undefined
  /** How long the proxy may take to answer, milliseconds [5 s]. */
  readonly limitMs?: number
}

const LIMIT_MS = 5_000
const MAX_HEAD_BYTES = 16 * 1024

/**
 * A connection to host and port through a proxy (RFC 9110 §9.3.6), on which nothing was sent yet.
 * @throws ProxyError
 */
export function openTunnel (
  proxy: Proxy, { host, port, secureContext, limitMs = LIMIT_MS }: TunnelOptions
): Promise<Socket> {
  const place = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return new Promise((resolve, reject) => {
    const request = (proxy.tls ? httpsRequest : httpRequest)({
      method: 'CONNECT',
      host: proxy.host,
      port: proxy.port,
      path: place,
      headers: {
        host: place,
        'user-agent': 'object-torrent',
        ...(proxy.authorization !== undefined && { 'proxy-authorization': proxy.authorization })
      },
      agent: false,
      ...(proxy.tls && { servername: isIP(proxy.host) === 0 ? proxy.host : '' }), // node's own is of the Host header
      maxHeaderSize: MAX_HEAD_BYTES,
      ...(secureContext !== undefined && { secureContext })
    })
    const timer = setTimeout(
      () => request.destroy(new ProxyError(`the proxy ${proxy.label} did not answer within ${limitMs / 1000} s`)),
      limitMs
    )
    request.once('close', () => clearTimeout(timer))
    request.once('error', (cause) => reject(proxyFailure(proxy, cause)))
    request.once('connect', ({ statusCode = 0 }, socket, head) => {
      clearTimeout(timer)
      socket.on('error', () => {}) // until somebody else listens
      if (statusCode >= 200 && statusCode < 300 && head.length === 0) return resolve(socket)
      socket.destroy()
      reject(proxyRefusal(proxy, place, statusCode))
    })
    request.end()
  })
}
