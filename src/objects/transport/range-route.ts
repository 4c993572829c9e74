import type { Outbound } from '../../net/outbound.js'
import { forwardingHeaders } from '../../net/proxies.js'
import type { RangeRequest } from '../worker-read.js'

type Direct = Pick<RangeRequest, 'host' | 'port' | 'tls' | 'path' | 'headers'>

/** The same request as it is sent through the proxies that are between. @throws ProxySettingsError */
export function routed (request: Direct, outbound: Outbound): Direct & Pick<RangeRequest, 'tunnel'> {
  const { host, port, tls, path, headers } = request
  const destination = { protocol: tls ? 'https:' : 'http:', hostname: host, port }
  const tunnel = outbound.tunnel(destination)
  if (tunnel !== undefined) return { ...request, tunnel }
  const proxy = outbound.forwarder(destination)
  if (proxy === undefined) return request
  return {
    host: proxy.host,
    port: proxy.port,
    tls: proxy.tls,
    path: `http://${headers['host'] ?? host}${path}`,
    headers: { ...headers, ...forwardingHeaders(proxy) }
  }
}
