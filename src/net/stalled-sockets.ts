import type { Server } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'

interface Watched {
  /** How much of its output had left when it was last looked at. */
  progress: string
  /** performance.now() of the last progress, or of the last time that there was nothing to send. */
  since: number
}

const LOOKS = 4

/**
 * Breaks a connection off whose other end has taken nothing for `ms` of what there is to send. Node's own timeout
 * begins anew with every byte that comes in: a client that sends now and then, and never reads, would hold its answer
 * and all that is behind it for ever.
 */
export function closeStalled (server: Server | HttpsServer, ms: number): void {
  const watched = new Map<Socket, Watched>()
  server.on(server instanceof HttpsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    watched.set(socket, { progress: '', since: performance.now() })
    socket.once('close', () => watched.delete(socket))
  })
  const timer = setInterval(() => {
    const now = performance.now()
    for (const [socket, state] of watched) {
      const progress = progressOf(socket)
      if (socket.writableLength === 0 || progress !== state.progress) Object.assign(state, { progress, since: now })
      else if (now - state.since >= ms) socket.destroy()
    }
  }, ms / LOOKS).unref()
  server.once('close', () => clearInterval(timer))
}

// Of one long write the kernel takes a part at a time, which only the handle knows; node's own timeout asks it too.
function progressOf (socket: Socket): string {
  const { _handle: handle } = socket as { _handle?: { writeQueueSize?: number } | null }
  return `${socket.bytesWritten - socket.writableLength} ${handle?.writeQueueSize ?? 0}`
}
