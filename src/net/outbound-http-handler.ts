import { Readable } from 'node:stream'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Outbound } from './outbound.js'
import { forwardingHeaders } from './proxies.js'
import type { Proxy } from './proxies.js'
import { proxyFailure } from './proxy-error.js'

export type HttpRequest = Parameters<NodeHttpHandler['handle']>[0]
type HandlerOptions = Parameters<NodeHttpHandler['handle']>[1]

/**
 * The SDK's HTTP handler, through the proxies that are between, with limits on the waits. A proxy's own answer is a
 * ProxyError.
 */
export class OutboundHttpHandler extends NodeHttpHandler {
  readonly #outbound: Outbound

  constructor (outbound: Outbound, { connectMs, answerMs }: { readonly connectMs: number, readonly answerMs: number }) {
    super({
      connectionTimeout: outbound.proxies.isEmpty ? connectMs : 2 * connectMs, // a tunnel has the first half for itself
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
      httpAgent: outbound.httpAgent(),
      httpsAgent: outbound.httpsAgent()
    })
    this.#outbound = outbound
  }

  override async handle (request: HttpRequest, options?: HandlerOptions): ReturnType<NodeHttpHandler['handle']> {
    const proxy = this.#outbound.forwarder(request)
    if (proxy === undefined) return super.handle(request, options)
    const answer = await super.handle(forwarded(request, proxy), options).catch((cause: unknown) => {
      throw options?.abortSignal?.aborted === true ? cause : proxyFailure(proxy, cause)
    })
    const { statusCode, headers } = answer.response
    const body: unknown = answer.response.body
    const refusal = this.#outbound.proxyRefusal(
      request, request.headers['host'] ?? request.hostname, statusCode, headers
    )
    if (refusal === undefined) return answer
    if (body instanceof Readable) body.destroy()
    throw refusal
  }
}

// As a proxy takes it (RFC 9112 §3.2.2). Some of the SDK's requests are plain objects.
function forwarded (request: HttpRequest, proxy: Proxy): HttpRequest {
  const { host, port, tls } = proxy
  const { hostname, port: ownPort, path, headers } = request
  return {
    ...request,
    protocol: tls ? 'https:' : 'http:',
    hostname: host,
    port,
    path: `http://${hostname}${ownPort === undefined ? '' : `:${ownPort}`}${path}`,
    headers: { ...headers, ...forwardingHeaders(proxy) }
  } as HttpRequest
}
