import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { SettingError } from '../util/operator-error.js'

/** An HTTP proxy. */
export interface Proxy {
  /** IPv6 addresses without brackets. */
  readonly host: string
  readonly port: number
  /** It is itself asked over TLS. */
  readonly tls: boolean
  /** Of `Proxy-Authorization`. */
  readonly authorization?: string
  /** Its URL without user and password. */
  readonly label: string
  /** The variable that names it. */
  readonly variable: string
}

/**
 * What a proxy that forwards a request is told beside it: who asks, and that the server is asked. A shared cache may
 * keep the answer to a signed request (RFC 9111 §3.5), and would give it to somebody who may not read the object.
 */
export function forwardingHeaders ({ authorization }: Proxy): Record<string, string> {
  return { 'cache-control': 'no-cache', ...(authorization !== undefined && { 'proxy-authorization': authorization }) }
}

/** Who is to be asked. */
export interface Destination {
  /** `http:` or `https:` */
  readonly protocol: string
  /** IPv6 addresses with or without brackets. */
  readonly hostname: string
  /** Undefined or '': the protocol's own. */
  readonly port?: number | string | undefined
}

/** A variable that names no proxy; `message` is one sentence. */
export class ProxySettingsError extends SettingError {
  override name = 'ProxySettingsError'
}

interface Exception {
  readonly host: string
  readonly port: number | undefined
  readonly range: [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined
}

/**
 * HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as aws-cli takes them: the lower-case name goes first, empty is none, and each
 * protocol has its own. NO_PROXY: hosts with all below them, with or without a dot before and a port behind, addresses,
 * CIDR ranges, `*`.
 */
export class Proxies {
  readonly #proxies: Readonly<Record<string, Proxy | ProxySettingsError | undefined>>
  readonly #exceptions: readonly Exception[] | 'all'

  constructor (env: Readonly<Record<string, string | undefined>> = {}) {
    const named = (name: string): Proxy | ProxySettingsError | undefined => {
      const variable = env[name.toLowerCase()] === undefined ? name : name.toLowerCase()
      return proxyOf(variable, env[variable] ?? '')
    }
    this.#proxies = { 'http:': named('HTTP_PROXY'), 'https:': named('HTTPS_PROXY') }
    const names = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/).filter((name) => name !== '')
    this.#exceptions = names.includes('*') ? 'all' : names.map(exceptionOf)
  }

  get isEmpty (): boolean {
    return Object.values(this.#proxies).every((proxy) => proxy === undefined)
  }

  /** Undefined: none is between. A proxy is asked itself. @throws ProxySettingsError */
  for ({ protocol, hostname, port }: Destination): Proxy | undefined {
    const proxy = this.#proxies[protocol]
    if (proxy === undefined || this.#exceptions === 'all') return undefined
    const host = hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
    const place = Number(port) || (protocol === 'https:' ? 443 : 80)
    if (this.#exceptions.some((exception) => matches(exception, host, place))) return undefined
    if (proxy instanceof ProxySettingsError) throw proxy
    return this.#isProxy(host, place) ? undefined : proxy
  }

  #isProxy (host: string, port: number): boolean {
    return Object.values(this.#proxies).some(
      (proxy) => proxy !== undefined && !(proxy instanceof ProxySettingsError) && proxy.host === host &&
        proxy.port === port
    )
  }
}

function proxyOf (variable: string, text: string): Proxy | ProxySettingsError | undefined {
  if (text === '') return undefined
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text.replace(/^\/\//, '')}`
  const url = URL.canParse(full) ? new URL(full) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    const scheme = url === undefined ? '' : ` (${url.protocol}//)`
    return new ProxySettingsError(
      `${variable} is no http:// or https:// URL of a proxy${scheme}: write http://host:port, or unset it.`
    )
  }
  const tls = url.protocol === 'https:'
  const user = decoded(url.username)
  const password = decoded(url.password)
  const authorization = user === '' && password === ''
    ? undefined
    : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (tls ? 443 : 80),
    tls,
    ...(authorization !== undefined && { authorization }),
    label: url.origin,
    variable
  }
}

function decoded (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function exceptionOf (name: string): Exception {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(name) ?? []
  const host = (bracketed ?? plain ?? name).toLowerCase().replace(/^\*?\./, '').replace(/\.$/, '')
  const range = ipaddr.isValidCIDR(host) ? ipaddr.parseCIDR(host) : undefined
  return { host, port: port === undefined ? undefined : Number(port), range }
}

function matches ({ host: name, port: only, range }: Exception, host: string, port: number): boolean {
  if (only !== undefined && only !== port) return false
  if (isIP(host) === 0) return host === name || (name !== '' && host.endsWith(`.${name}`))
  const address = ipaddr.process(host)
  if (range !== undefined) return address.kind() === range[0].kind() && address.match(range)
  return isIP(name) !== 0 && ipaddr.process(name).toString() === address.toString()
}
