import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/**
 * Destroys, when the server closes, every connection that never sent a request: node takes it for a busy one, and would
 * wait for it.
 */
export function closeSilentConnections (server: FastifyInstance): void {
  const silent = new Map<string, Socket>()
  server.server.on('connection', (socket: Socket) => {
    const ends = endsOf(socket)
    silent.set(ends, socket)
    socket.once('close', () => silent.delete(ends))
  })
  server.server.on('request', ({ socket }) => silent.delete(endsOf(socket)))
  server.addHook('preClose', async () => { for (const socket of silent.values()) socket.destroy() })
}

// Under TLS the socket of a request is another object than that of its connection: they share their two ends.
function endsOf ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress}|${remotePort}|${localAddress}|${localPort}`
}
