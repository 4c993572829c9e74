import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'
import { lookup } from 'node:dns'
import type { LookupOneOptions } from 'node:dns'
import { isIP, isIPv6 } from 'node:net'
import { scopeOf, SCOPE } from './address-scope.js'
import { addressBytes } from './endpoint.js'
import { ListenError, listen } from './listen.js'
import type { ListenAddress } from './listen.js'
import { LocalAddresses } from './local-addresses.js'
import type { LocalAddress } from './local-addresses.js'

export interface UdpLog {
  warn (facts: object, message: string): void
  error (facts: object, message: string): void
}

/** A packet came: `reached` is the address that it was sent to, where that is known. */
export type OnPacket = (socket: Socket, packet: Buffer, from: RemoteInfo, reached: Buffer | undefined) => void

const REFRESH_MS = 10_000
const MAX_SOCKETS = 256

/**
 * UDP sockets that answer from the address that was asked. A wildcard socket would answer from whichever address the
 * kernel prefers, which clients drop, and node:dgram cannot tell where a packet was sent to (IP_PKTINFO, RFC 3542
 * §6.1). So a wildcard stands for one socket for each address of this machine, as in BIND, followed as they come and
 * go; none beside them is bound to the wildcard itself, which would take SO_REUSEADDR, and with it any other user of
 * the machine could take the port. Whoever makes it closes it.
 */
export class UdpSockets {
  readonly #onPacket: OnPacket
  readonly #log: UdpLog
  readonly #addresses = new LocalAddresses()
  /** By the address that each is bound to. */
  readonly #sockets = new Map<string, Socket>()
  /** What was said in the log, which is said once. */
  readonly #said = new Set<string>()
  #refreshing: NodeJS.Timeout | undefined
  #isClosed = false

  constructor (onPacket: OnPacket, log: UdpLog) {
    this.#onPacket = onPacket
    this.#log = log
  }

  /** Addresses that are listened on. */
  get addresses (): string[] {
    return [...this.#sockets.keys()]
  }

  /** @param refreshMs between looks at the addresses of this machine @throws ListenError */
  async listen (address: ListenAddress, refreshMs = REFRESH_MS): Promise<void> {
    const some = wildcardOf(address.host)
    const hosts = some === undefined ? [] : locals(this.#addresses.all, some)
    // More than can be bound, or a system that does not tell.
    if (hosts.length === 0 || hosts.length > MAX_SOCKETS) {
      if (hosts.length > 0) {
        this.#say(
          `of ${hosts.length} addresses UDP answers come from the one that the kernel prefers; name one with --host`, {}
        )
      }
      return this.#open(address, address.host)
    }
    try {
      for (const host of hosts) await this.#open(address, host).catch(unlessGone)
    } catch (error) {
      this.close()
      throw error
    }
    this.#refreshing = setInterval(() => {
      this.#refresh(address, some).catch(
        (err: unknown) => this.#log.error({ err }, 'the addresses of this machine could not be looked at')
      )
    }, refreshMs).unref()
  }

  close (): void {
    this.#isClosed = true
    clearInterval(this.#refreshing)
    for (const socket of this.#sockets.values()) socket.close()
    this.#sockets.clear()
  }

  async #refresh (address: ListenAddress, family: Wildcard | undefined): Promise<void> {
    const hosts = locals(this.#addresses.all, family)
    if (hosts.length > MAX_SOCKETS) {
      this.#say(`UDP is answered at ${MAX_SOCKETS} addresses of this machine, and not at the others`, {
        addresses: hosts.length
      })
    }
    const wanted = new Set(hosts.slice(0, MAX_SOCKETS))
    for (const [host, socket] of this.#sockets) {
      if (wanted.has(host)) continue
      this.#sockets.delete(host)
      socket.close()
    }
    for (const host of wanted) {
      if (this.#isClosed) return
      if (!this.#sockets.has(host)) {
        await this.#open(address, host).catch(unlessGone).catch(
          (err: unknown) => this.#say('an address of this machine cannot be listened on', { err, host })
        )
      }
    }
  }

  async #open (address: ListenAddress, host: string): Promise<void> {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', lookup: lookupNames })
    try {
      await listen(socket, { ...address, host }, () => socket.bind({ address: host, port: address.port }))
    } catch (error) {
      socket.close()
      throw error
    }
    if (this.#isClosed) {
      socket.close()
      return
    }
    const bound = addressBytes(socket.address().address)
    const reached = bound && scopeOf(bound) === undefined ? undefined : bound
    socket.on('error', (err) => this.#log.error({ err, host }, 'a UDP socket has failed'))
    socket.on('message', (packet, from) => this.#onPacket(socket, packet, from, reached))
    this.#sockets.set(host, socket)
  }

  #say (message: string, facts: Readonly<Record<string, unknown>>): void {
    const key = `${message} ${String(facts['host'])}`
    if (this.#said.has(key) || this.#said.size >= MAX_SOCKETS) return
    this.#said.add(key)
    this.#log.warn(facts, message)
  }
}

// node:dgram looks the address of every packet up, and waits a turn for what it is given back.
function lookupNames (
  host: string, family: LookupOneOptions | number, done: (error: Error | null, address: string, family: number) => void
): void {
  const known = isIP(host)
  if (known === 0) lookup(host, { family: typeof family === 'number' ? family : 0 }, done)
  else done(null, host, known)
}

type Wildcard = 'IPv4' | 'both'

function wildcardOf (host: string): Wildcard | undefined {
  const bytes = addressBytes(host)
  if (bytes === undefined || bytes.some((byte) => byte !== 0)) return undefined
  return bytes.length === 4 ? 'IPv4' : 'both'
}

// Those of the link come last: each container's interface has one.
function locals (addresses: readonly LocalAddress[], wildcard: Wildcard | undefined): string[] {
  const all = addresses.filter(({ bytes }) => wildcard === 'both' || bytes.length === 4)
  const isLink = (bytes: Buffer): boolean => scopeOf(bytes) === SCOPE.link
  return [
    ...new Set(
      [...all.filter(({ bytes }) => !isLink(bytes)), ...all.filter(({ bytes }) => isLink(bytes))].map(
        ({ text }) => text
      )
    )
  ]
}

// It went in the meantime, or IPv6 is not done yet with making sure that nobody else has it (RFC 4862 §5.4).
function unlessGone (error: unknown): void {
  if (!(error instanceof ListenError) || error.code !== 'EADDRNOTAVAIL') throw error
}
