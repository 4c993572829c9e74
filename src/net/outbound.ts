import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { AgentOptions } from 'node:https'
import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import type { Duplex } from 'node:stream'
import { Proxies } from './proxies.js'
import type { Destination, Proxy } from './proxies.js'
import { isProxyAnswer, proxyRefusal } from './proxy-error.js'
import type { ProxyError } from './proxy-error.js'
import { trusting } from './trusted-authorities.js'
import { openTunnel } from './tunnel.js'

/** How servers are reached that this process asks: through which proxies, and whose certificates are trusted. */
export class Outbound {
  /** Without proxies, trusting whom node trusts. */
  static readonly direct = new Outbound(new Proxies(), undefined)

  readonly proxies: Proxies
  /** PEM, trusted beside those that node trusts; undefined: none. */
  readonly authorities: string | undefined
  readonly secureContext: SecureContext | undefined

  constructor (proxies: Proxies, authorities: string | undefined) {
    this.proxies = proxies
    this.authorities = authorities
    this.secureContext = authorities === undefined ? undefined : trusting(authorities)
  }

  /**
   * The proxy that is sent whole requests for a server of http, which says where they go.
   * @throws ProxySettingsError
   */
  forwarder (destination: Destination): Proxy | undefined {
    return destination.protocol === 'http:' ? this.proxies.for(destination) : undefined
  }

  /**
   * What a forwarder said itself, and not the server of http at `place`, host and port; undefined: the answer is the
   * server's.
   * @throws ProxySettingsError
   */
  proxyRefusal (
    destination: Destination, place: string, status: number, headers: Readonly<Record<string, unknown>>
  ): ProxyError | undefined {
    const proxy = this.forwarder(destination)
    return proxy !== undefined && isProxyAnswer(status, headers) ? proxyRefusal(proxy, place, status) : undefined
  }

  /** The proxy through which a server of https is reached by a tunnel. @throws ProxySettingsError */
  tunnel (destination: Destination): Proxy | undefined {
    return destination.protocol === 'https:' ? this.proxies.for(destination) : undefined
  }

  /** A keep-alive agent for http; forwarders are its user's to ask. */
  httpAgent (): HttpAgent {
    return new HttpAgent({ keepAlive: true })
  }

  /** A keep-alive agent for https, through tunnels where those are. */
  httpsAgent (): HttpsAgent {
    return new TunnelAgent(this)
  }
}

type Connected = (error: Error | null, socket?: Duplex) => void

class TunnelAgent extends HttpsAgent {
  readonly #outbound: Outbound

  constructor (outbound: Outbound) {
    const options: AgentOptions = {
      keepAlive: true, ...(outbound.secureContext !== undefined && { secureContext: outbound.secureContext })
    }
    super(options)
    this.#outbound = outbound
  }

  override createConnection (given: ConnectionOptions, callback: Connected): Duplex | null | undefined {
    const { host = '', port = 443 } = given
    const options = {
      ...given, servername: isIP(host) === 0 ? host : ''
    } // node's own is of the Host header, which before a forwarder is another one
    try {
      const proxy = this.#outbound.tunnel({ protocol: 'https:', hostname: host, port })
      if (proxy === undefined) return super.createConnection(options, callback)
      openTunnel(proxy, { host, port, secureContext: this.#outbound.secureContext }).then((socket) => {
        const { path: _, ...others } = options
        callback(null, connectTls({ ...others, socket }))
      }, callback)
    } catch (error) {
      process.nextTick(callback, error)
    }
    return undefined
  }
}
