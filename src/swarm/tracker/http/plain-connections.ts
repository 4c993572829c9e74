import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Answers } from './answers.js'
import { PlainConnection } from './plain-connection.js'

export interface PlainConnectionsParts {
  readonly answers: Answers
  /** Whether connections from this address are a reverse proxy's: node:http reads them, and whom they are for. */
  readonly isProxy: (address: string) => boolean
  /** An answer could not be made. */
  readonly failed: (error: unknown) => void
  /** How long a connection may say nothing before its first request. */
  readonly requestMs: number
  /** How long behind an answer. */
  readonly keepAliveMs: number
  /** How long while an answer is made. */
  readonly idleMs: number
}

/**
 * A fast path (`announces` of the bench): plain requests are answered on the bare socket, before node:http makes
 * objects of them. Everything else is node:http's as soon as it comes, with its connection: half a head, a second
 * request behind the first, another method or path, a body, and all that could be wrong. So no byte is kept here, and
 * every limit of a head that takes its time is node:http's own. Whoever makes it closes it.
 */
export class PlainConnections {
  readonly #open = new Set<PlainConnection>()

  /** @param server that node:http has made; nothing is to listen for its connections before its own listener */
  constructor (server: Server, parts: PlainConnectionsParts) {
    const [own] = server.listeners('connection')
    if (own === undefined) throw new TypeError('a server of node:http listens for its connections')
    server.off('connection', own as (socket: Socket) => void)
    const toHttp = (socket: Socket): void => { own.call(server, socket) }
    // Behind what bounds connections, which may have closed this one.
    server.on('connection', (socket: Socket) => {
      if (socket.destroyed) return
      if (parts.isProxy(socket.remoteAddress ?? '')) return toHttp(socket)
      const connection = new PlainConnection(socket, parts, {
        toHttp,
        gone: () => { this.#open.delete(connection) }
      })
      this.#open.add(connection)
    })
  }

  close (): void {
    for (const connection of this.#open) connection.close()
  }
}
