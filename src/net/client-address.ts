import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'
import ipaddr from 'ipaddr.js'

/**
 * Who sent a request: the socket's other end, or, behind trusted proxies, the right-most address of X-Forwarded-For
 * that is none of theirs.
 */
export type ClientAddress = (request: IncomingMessage) => string

/**
 * @param trusted addresses and CIDR ranges; none: X-Forwarded-For is not looked at.
 * @throws TypeError for what is none
 */
export function clientAddress (trusted: readonly string[]): ClientAddress {
  if (trusted.length === 0) return socketAddress
  const trust = proxyAddr.compile([...trusted])
  return (request) => {
    const address = proxyAddr(request, trust)
    return ipaddr.isValid(address) ? address : socketAddress(request)
  }
}

const socketAddress: ClientAddress = ({ socket }) => socket.remoteAddress ?? ''

/** Whether a connection from this address is a trusted proxy's. @throws TypeError as clientAddress */
export function proxyCheck (trusted: readonly string[]): (address: string) => boolean {
  if (trusted.length === 0) return () => false
  const trust = proxyAddr.compile([...trusted])
  return (address) => ipaddr.isValid(address) && trust(address, 0)
}
