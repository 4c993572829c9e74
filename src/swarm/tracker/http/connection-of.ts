import type { Socket } from 'node:net'
import { addressBytes } from '../../../net/endpoint.js'
import type { Connection } from '../tracker.js'

/**
 * Where a request on this socket comes from; undefined: it is not known.
 * @param client who sent it: the other end of the socket, or, where that is a proxy, whoever it names
 */
export function connectionOf (socket: Socket, client: string): Connection | undefined {
  const address = addressBytes(client)
  return address && {
    address,
    // Asked for where there is a seeder: it is a question to the kernel. A proxy's end is not the peer's.
    get reached () {
      const { remoteAddress, localAddress } = socket
      return client === remoteAddress && localAddress !== undefined ? addressBytes(localAddress) : undefined
    }
  }
}
