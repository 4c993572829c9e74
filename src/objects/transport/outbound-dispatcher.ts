import { isIP } from 'node:net'
import { Agent, Dispatcher, buildConnector } from 'undici'
import type { Outbound } from '../../net/outbound.js'
import { forwardingHeaders } from '../../net/proxies.js'
import type { Proxy } from '../../net/proxies.js'
import { proxyFailure } from '../../net/proxy-error.js'
import { openTunnel } from '../../net/tunnel.js'

type AgentOptions = Omit<NonNullable<ConstructorParameters<typeof Agent>[0]>, 'connect'> & {
  readonly connectMs: number
}

/**
 * Undici's agent, through the proxies that are between. Handlers have `onRequestStart` and the like. Whoever makes it
 * destroys it.
 */
export function outboundAgent (outbound: Outbound, { connectMs, ...options }: AgentOptions): Dispatcher {
  const { secureContext } = outbound
  const connect = { timeout: connectMs, ...(secureContext !== undefined && { secureContext }) }
  if (outbound.proxies.isEmpty) return new Agent({ ...options, connect })
  return new ProxiedAgent(outbound, new Agent({ ...options, connect: byHost(buildConnector(connect)) }), new Agent({
    ...options, connect: tunnelling(outbound, buildConnector(connect))
  }))
}

class ProxiedAgent extends Dispatcher {
  readonly #outbound: Outbound
  readonly #direct: Agent
  readonly #tunnels: Agent

  constructor (outbound: Outbound, direct: Agent, tunnels: Agent) {
    super()
    this.#outbound = outbound
    this.#direct = direct
    this.#tunnels = tunnels
  }

  override dispatch (options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const destination = new URL(String(options.origin))
    if (destination.protocol === 'https:') return this.#tunnels.dispatch(options, handler)
    const proxy = this.#outbound.forwarder(destination)
    if (proxy === undefined) return this.#direct.dispatch(options, handler)
    const { host } = destination
    return this.#direct.dispatch({
      ...options,
      origin: proxy.label,
      path: `http://${host}${options.path}`,
      headers: { host, ...plain(options.headers), ...forwardingHeaders(proxy) }
    }, blaming(proxy, handler))
  }

  override async close (): Promise<void> {
    await Promise.all([this.#direct.close(), this.#tunnels.close()])
  }

  override async destroy (): Promise<void> {
    await Promise.all([this.#direct.destroy(), this.#tunnels.destroy()])
  }
}

// What fails is the proxy: a redirect may lead to a server that is asked without one.
function blaming (proxy: Proxy, handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (...args) => handler.onRequestStart?.(...args),
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (controller, error) => handler.onResponseError?.(controller, proxyFailure(proxy, error))
  }
}

// Behind a redirect they are a list of names and values.
function plain (headers: Dispatcher.DispatchOptions['headers']): Record<string, string> {
  if (!Array.isArray(headers)) return { ...headers } as Record<string, string>
  return Object.fromEntries(headers.flatMap((name, i) => i % 2 === 0 ? [[String(name), String(headers[i + 1])]] : []))
}

// Undici's own servername is of the Host header, which before a forwarder is another one.
function byHost (connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    const { servername: _, ...others } = options
    connect(isIP(options.hostname) === 0 ? { ...others, servername: options.hostname } : others, callback)
  }
}

// The way through the proxy has a limit of its own.
function tunnelling (outbound: Outbound, connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    const { protocol, hostname, port } = options
    try {
      const proxy = outbound.tunnel({ protocol, hostname, port })
      if (proxy === undefined) return connect(options, callback)
      openTunnel(proxy, {
        host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) || 443, secureContext: outbound.secureContext
      })
        .then(
          (httpSocket) => connect({ ...options, httpSocket }, callback),
          (error: unknown) => callback(error as Error, null)
        )
    } catch (error) {
      callback(error as Error, null)
    }
  }
}
