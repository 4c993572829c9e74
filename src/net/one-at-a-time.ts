import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Requests that came behind another one on their connection and were never begun. */
export interface DroppedRequests {
  /** The first request of the connection. */
  readonly first: IncomingMessage
  readonly count: number
}

interface Connection {
  /** Whether a request has been begun whose answer has not ended. */
  busy: boolean
  readonly waiting: Array<readonly [request: IncomingMessage, response: ServerResponse]>
  dropped: number
}

/**
 * Pipelined requests that wait on one connection (RFC 9112 §9.3.2). Nobody's client sends more; whoever does is cut
 * off.
 */
export const MAX_PIPELINED = 64

/**
 * Begins one request of a connection at a time, the next when the answer before has ended. Node would begin them all at
 * once, and up to Node 24 tells only the first of those answers that its connection has closed: the others would be
 * made for nobody, for ever.
 * @param onDropped told once a connection, when it has closed
 */
export function oneAtATime (listener: RequestListener, onDropped: (dropped: DroppedRequests) => void): RequestListener {
  const connections = new WeakMap<Socket, Connection>()

  function open (request: IncomingMessage): Connection {
    const connection: Connection = { busy: false, waiting: [], dropped: 0 }
    connections.set(request.socket, connection)
    request.socket.once('close', () => {
      const count = connection.dropped + connection.waiting.splice(0).length
      if (count > 0) onDropped({ first: request, count })
    })
    return connection
  }

  function begin (connection: Connection, request: IncomingMessage, response: ServerResponse): void {
    connection.busy = true
    response.once('close', () => {
      connection.busy = false
      if (isEnding(request.socket)) return
      const next = connection.waiting.shift()
      if (next !== undefined) begin(connection, ...next)
    })
    listener(request, response)
  }

  return (request, response) => {
    const { socket } = request
    const connection = connections.get(socket) ?? open(request)
    if (isEnding(socket)) connection.dropped++
    else if (!connection.busy) begin(connection, request, response)
    else if (connection.waiting.push([request, response]) > MAX_PIPELINED) socket.destroy()
  }
}

// An answer with `Connection: close` was the last one: node ends the socket with it.
function isEnding ({ destroyed, writableEnded }: Socket): boolean {
  return destroyed || writableEnded
}
