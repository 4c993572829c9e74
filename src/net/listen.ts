import type { EventEmitter } from 'node:events'

/** Connections that wait to be accepted; the kernel's own limit is usually this, and node's 511 overflow in a burst. */
export const BACKLOG = 4096

export interface ListenAddress {
  /** The option that names the port. */
  readonly flag: string
  readonly host: string
  readonly port: number
}

/** An address that cannot be listened on. */
export class ListenError extends Error {
  override name = 'ListenError'
  readonly address: ListenAddress
  readonly code: string

  constructor (address: ListenAddress, cause: unknown) {
    super(`cannot listen on ${address.host} port ${address.port}`, { cause })
    this.address = address
    this.code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  }
}

/** Waits until `begin` has made a server, or a socket, listen. @throws ListenError */
export async function listen (server: EventEmitter, address: ListenAddress, begin: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: unknown): void => reject(new ListenError(address, error))
    server.once('error', failed)
    server.once('listening', () => {
      server.off('error', failed)
      resolve()
    })
    begin()
  })
}
